import * as v from "valibot";
import { PixscaleError, UsageError } from "../errors.ts";
import { checkChecksum } from "../files/checked-json.ts";
import { amount, hash, part, requireSchema, whole } from "../files/schema.ts";
import { parseScaling } from "../scaling/parse.ts";
import { AXES } from "../statistics/axis.ts";
import { BACKENDS } from "../training/settings.ts";
import { EXPERIMENT_FORMAT, type ExperimentIdentity } from "./identity.ts";
import { DIMENSION_NAMES } from "./plan.ts";

/** More runs than anyone trains; a damaged list could multiply to billions. */
const MOST_RUNS = 1_000_000;

const some = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.minLength(1));
const schema = v.looseObject({
  format: v.literal(EXPERIMENT_FORMAT),
  version: v.literal(1),
  pixscale: v.string(),
  data: v.string(),
  dataset: hash(),
  initialWeights: v.optional(hash()),
  shared: v.object({
    axis: v.picklist(AXES),
    shuffle: v.boolean(),
    validationSplit: part(),
    limit: v.optional(whole(1)),
    limitTest: v.optional(whole(1)),
  }),
  dimensions: v.object({
    scaling: some(v.pipe(v.string(), v.check(isScaling, "not a scaling"))),
    learningRate: some(amount()),
    batchSize: some(whole(1)),
    epochs: some(whole(1)),
    backend: some(v.picklist(BACKENDS)),
    seed: some(whole()),
  }),
});

/**
 * Checks the content of an `experiment.json`.
 *
 * @param path the file, for the error
 * @throws PixscaleError if it is damaged or describes no experiment
 */
export function readIdentity(json: unknown, path: string): ExperimentIdentity {
  const remedy = "restore the file, or train again in another folder";
  const document = checkChecksum(json, path, remedy);
  const expected = {
    path,
    what: "the description of an experiment",
    remedy: "use a folder that compare wrote",
  };
  const identity = requireSchema(schema, document, expected) as unknown as ExperimentIdentity;
  const runs = DIMENSION_NAMES.reduce((product, name) => product * identity.dimensions[name].length, 1);
  if (runs > MOST_RUNS) {
    const problem = `plans ${runs.toLocaleString("en-US")} runs, more than ${MOST_RUNS.toLocaleString("en-US")}`;
    throw new PixscaleError(path, problem, remedy);
  }
  return identity;
}

function isScaling(text: string): boolean {
  try {
    parseScaling(text);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
