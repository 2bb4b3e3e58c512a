import { setting, UsageError } from "../../errors.ts";
import { type Dimensions, SETTING_NAMES } from "../../experiment/plan.ts";
import { alongAxis, formatScaling, parseScaling } from "../../scaling/parse.ts";
import { AXES, type Axis } from "../../statistics/axis.ts";
import { BACKENDS } from "../../training/settings.ts";
import { integerIn, numberIn, oneOf } from "./kinds.ts";

/** Settings that `--vary` gives several values. */
export type Varied = Partial<Pick<Dimensions, "learningRate" | "batchSize" | "epochs" | "backend">> & {
  /** Not a dimension of the plan: the axis stands at the steps of the scalings. */
  readonly axis?: readonly Axis[];
};

/** Reads one value of each setting that `--vary` takes. */
const VARY: { readonly [Name in keyof Varied]-?: (text: string) => NonNullable<Varied[Name]>[number] } = {
  axis: (text) => oneOf("--vary", text, AXES),
  learningRate: (text) => numberIn("--vary", text, { above: 0 }),
  batchSize: (text) => integerIn("--vary", text, { least: 1 }),
  epochs: (text) => integerIn("--vary", text, { least: 1 }),
  backend: (text) => oneOf("--vary", text, BACKENDS),
};

const MAX_SEEDS = 10_000;

/** Scalings in their canonical form, in the order given. @throws UsageError if one is wrong or listed twice */
export function parseScalings(text: string): string[] {
  const scalings = text.split(",").map((part) => formatScaling(parseScaling(part, setting("scalings"))));
  return distinct("--scalings", scalings);
}

/** Each scaling along each axis; once if it computes no statistics. */
export function alongAxes(scalings: readonly string[], axes: readonly Axis[]): string[] {
  const all = scalings.flatMap((text) =>
    axes.map((axis) => formatScaling(alongAxis(parseScaling(text), axis))),
  );
  return [...new Set(all)];
}

/** A count stands for the seeds 0 … count − 1, a list for itself. @throws UsageError if a seed is wrong or listed twice */
export function parseSeeds(text: string): number[] {
  const parts = text.split(",");
  if (parts.length > 1) {
    const seeds = parts.map((part) => integerIn("--seeds", part, { least: 0 }));
    return distinct("--seeds", seeds);
  }
  const count = integerIn("--seeds", text, { least: 1, most: MAX_SEEDS });
  return Array.from({ length: count }, (_, seed) => seed);
}

/** `learning-rate=1e-4,1e-3`, added to the values of earlier `--vary` options. @throws UsageError if it is wrong */
export function parseVary(text: string, before: Varied): Varied {
  const [name, ...rest] = text.split("=");
  const key = (Object.keys(VARY) as (keyof Varied)[]).find((known) => SETTING_NAMES[known] === name);
  if (key === undefined) {
    const known = Object.keys(VARY).map((each) => SETTING_NAMES[each as keyof Varied]);
    const remedy = `use ${known.join(", ")}, such as learning-rate=1e-4,1e-3`;
    throw new UsageError("--vary", `"${name}" cannot be varied`, remedy);
  }
  if (rest.length === 0 || rest[0] === "") {
    throw new UsageError("--vary", `"${name}" has no values`, `list them, such as ${name}=VALUE,VALUE`);
  }
  const read: (text: string) => string | number = VARY[key];
  const values = rest
    .join("=")
    .split(",")
    .map((part) => read(part));
  return { ...before, [key]: distinct<string | number>("--vary", [...(before[key] ?? []), ...values]) };
}

function distinct<T>(flag: string, values: readonly T[]): T[] {
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice === undefined) return [...values];
  throw new UsageError(flag, `${twice} is listed twice`, "list each value once");
}
