import * as v from "valibot";
import { PixscaleError } from "../errors.ts";
import { checkChecksum } from "../files/checked-json.ts";
import { amount, hash, part, requireSchema, whole } from "../files/schema.ts";
import { RUN_FORMAT } from "../training/run-document.ts";
import { type FinishedRun, isTrained, type TrainedRun } from "./finished-run.ts";
import type { PlannedRun } from "./plan.ts";

const metrics = v.looseObject({ loss: amount(), accuracy: part() });
const curvePoint = v.object({ steps: whole(), accuracy: part() });
const epoch = v.looseObject({
  epoch: whole(1),
  steps: whole(1),
  loss: amount(),
  accuracy: part(),
  milliseconds: amount(),
  validation: v.optional(metrics),
  test: v.optional(metrics),
  within: v.optional(v.array(curvePoint)),
});
const base = { format: v.literal(RUN_FORMAT), version: v.optional(v.literal(1)), id: v.string() };
const divergedSchema = v.looseObject({ ...base, diverged: v.string() });
const trainedSchema = v.looseObject({
  ...base,
  dataset: hash(),
  settings: v.looseObject({
    scaling: v.string(),
    learningRate: amount(),
    batchSize: whole(1),
    epochs: whole(1),
    backend: v.string(),
    seed: whole(),
    limitTest: v.optional(whole(1)),
  }),
  images: v.object({ train: whole(1), validation: whole(), test: whole(1) }),
  epochs: v.pipe(v.array(epoch), v.minLength(1)),
  test: v.looseObject({
    ...metrics.entries,
    predictions: hash(),
    commonest: v.optional(whole(1)),
    confusion: v.optional(v.array(v.array(whole()))),
  }),
  misclassified: v.array(whole()),
  fingerprint: hash(),
});

/**
 * Checks that a file's JSON is the expected run, undamaged, and that its figures agree with each other.
 *
 * @param path the file, for the error
 * @param dataset fingerprint of the experiment's dataset
 * @throws PixscaleError if it is not
 */
export function readFinishedRun(json: unknown, run: PlannedRun, path: string, dataset: string): FinishedRun {
  const remedy = "delete the file, and the run will be repeated";
  const expected = { path, what: `the finished run ${run.id}`, remedy };
  const document = checkChecksum(json, path, remedy);
  const isDiverged = typeof document === "object" && document !== null && "diverged" in document;
  const schema = isDiverged ? divergedSchema : trainedSchema;
  const found = requireSchema(schema, document, expected) as unknown as FinishedRun;
  const wrong =
    found.id === run.id ? isTrained(found) && contradiction(found, run, dataset) : `its id is ${found.id}`;
  if (!wrong) return found;
  throw new PixscaleError(path, `not ${expected.what}: ${wrong}`, remedy);
}

/** What is wrong in a run, if anything. */
function contradiction(
  found: TrainedRun,
  { variant, seed }: PlannedRun,
  dataset: string,
): string | undefined {
  const { settings, images, epochs, misclassified, test } = found;
  const { limitTest } = settings;
  if (found.dataset !== dataset) return "it was trained on other data";
  for (const [name, value] of Object.entries({ ...variant, seed })) {
    const own = settings[name as keyof typeof settings];
    if (own !== value) return `its ${name} is ${own}, not ${value}`;
  }
  if (epochs.length !== settings.epochs) return `it has ${epochs.length} of ${settings.epochs} epochs`;
  const ascending = misclassified.every((image, i) => i === 0 || image > misclassified[i - 1]);
  // Under a limit they are numbers of images of the whole test split, of which some were drawn.
  const end = limitTest === undefined ? images.test : Number.POSITIVE_INFINITY;
  if (!ascending || (misclassified.at(-1) ?? -1) >= end) return "its wrong images are no list of test images";
  const correct = images.test - misclassified.length;
  if (Math.abs(test.accuracy - correct / images.test) > 1e-9) {
    return `its accuracy is ${test.accuracy}, but ${misclassified.length} of ${images.test} images are wrong`;
  }
  return test.confusion && wrongConfusion(test.confusion, images.test, correct);
}

function wrongConfusion(
  confusion: readonly (readonly number[])[],
  images: number,
  correct: number,
): string | undefined {
  const sum = confusion.flat().reduce((total, count) => total + count, 0);
  const diagonal = confusion.reduce((total, row, i) => total + (row[i] ?? 0), 0);
  const isSquare = confusion.every((row) => row.length === confusion.length);
  return isSquare && sum === images && diagonal === correct
    ? undefined
    : "its confusion table has other counts";
}
