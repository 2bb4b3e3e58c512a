import { extname } from "node:path";
import type { Dataset, SplitName } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { saveNpy, saveNpz } from "../export/scaled-arrays.ts";
import type { Measured, ScaledSplit } from "../scaling/measure-scaled.ts";
import type { ImageScaling } from "../scaling/scaler.ts";
import { checkTarget } from "./read-data.ts";

/**
 * A function that writes scaled images to a file, in the format of its name.
 *
 * @throws UsageError if the name has no known ending; PixscaleError if the file cannot be written
 */
export function saver(path: string, data: readonly string[], split: SplitName | undefined) {
  const extension = extname(path).toLowerCase();
  if (extension !== ".npy" && extension !== ".npz") {
    throw new UsageError("--save", `must end in .npy or .npz (got "${path}")`, "rename it");
  }
  checkTarget(path, data);
  return ({ train, test }: Dataset, scaler: ImageScaling): Promise<void> => {
    if (extension === ".npy") return saveNpy(path, split === "test" ? test : train, scaler);
    return saveNpz(path, { ...(split !== "test" && { train }), ...(split !== "train" && { test }) }, scaler);
  };
}

/** The figures of a scaled split, for JSON. */
export function splitDocument({ split, batches, firstBatch, whole }: ScaledSplit): unknown {
  const { height, width, channels } = split.shape;
  const withShape = ({ count, ...rest }: Measured) => ({ shape: [count, height, width, channels], ...rest });
  return { batches, firstBatch: withShape(firstBatch), whole: withShape(whole) };
}
