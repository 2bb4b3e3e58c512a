import { UsageError } from "../../errors.ts";
import { type Dimensions, SETTING_NAMES } from "../../experiment/plan.ts";
import { parseNumber } from "../../scaling/number.ts";
import { formatScaling, parseScaling } from "../../scaling/parse.ts";
import { BACKENDS, type BackendName } from "../../training/settings.ts";

/** Settings that `--vary` gives several values. */
export type Varied = Partial<Pick<Dimensions, "learningRate" | "batchSize" | "epochs" | "backend">>;

/** Scalings in their canonical form, in the order given. @throws UsageError if one is wrong or there twice */
export function parseScalings(text: string): string[] {
  return distinct(
    "--scalings",
    text.split(",").map((part) => formatScaling(parseScaling(part, "--scalings"))),
  );
}

/** A count gives the seeds 0 … count − 1, a list itself. @throws UsageError if a seed is wrong or there twice */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(",").map((part) => whole("--seeds", part, 0));
  if (seeds.length > 1) return distinct("--seeds", seeds);
  const [count] = seeds;
  if (count < 1 || count > 10_000) {
    throw new UsageError(
      "--seeds",
      `"${text}" is not a number of seeds`,
      "give 1 to 10000, or a list such as 1,2,3",
    );
  }
  return Array.from({ length: count }, (_, seed) => seed);
}

/** `learning-rate=1e-4,1e-3`, added to what earlier `--vary` options gave. @throws UsageError if it is wrong */
export function parseVary(text: string, before: Varied): Varied {
  const [name, ...values] = text.split("=");
  const parts = values.join("=").split(",");
  switch (name) {
    case SETTING_NAMES.learningRate:
      return { ...before, learningRate: joined(before.learningRate, parts.map(positive)) };
    case SETTING_NAMES.batchSize:
      return {
        ...before,
        batchSize: joined(
          before.batchSize,
          parts.map((part) => whole("--vary", part, 1)),
        ),
      };
    case SETTING_NAMES.epochs:
      return {
        ...before,
        epochs: joined(
          before.epochs,
          parts.map((part) => whole("--vary", part, 1)),
        ),
      };
    case SETTING_NAMES.backend:
      return { ...before, backend: joined(before.backend, parts.map(backend)) };
    default:
      throw new UsageError(
        "--vary",
        `"${name}" cannot be varied`,
        "give learning-rate, batch-size, epochs or backend, such as learning-rate=1e-4,1e-3",
      );
  }
}

function whole(flag: string, text: string, least: number): number {
  const value = text.trim() === "" ? undefined : parseNumber(text);
  if (value === undefined || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(
      flag,
      `"${text}" is not a whole number of at least ${least}`,
      "give such numbers, separated by commas",
    );
  }
  return value;
}

function positive(text: string): number {
  const value = parseNumber(text);
  if (value === undefined || value <= 0) {
    throw new UsageError(
      "--vary",
      `"${text}" is not a number above 0`,
      "give such numbers, separated by commas",
    );
  }
  return value;
}

function backend(text: string): BackendName {
  const name = BACKENDS.find((known) => known === text);
  if (name === undefined) {
    throw new UsageError("--vary", `"${text}" is not a backend`, `use some of ${BACKENDS.join(", ")}`);
  }
  return name;
}

/** What an earlier `--vary` of the same setting gave, and more. */
function joined<T>(before: readonly T[] = [], values: readonly T[]): T[] {
  return distinct("--vary", [...before, ...values]);
}

function distinct<T>(flag: string, values: readonly T[]): T[] {
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw new UsageError(flag, `${twice} is there twice`, "give each once");
  return [...values];
}
