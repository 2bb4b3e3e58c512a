import { statSync } from "node:fs";
import { extname } from "node:path";
import { type Dataset, SPLITS, type SplitName } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import { savePngs } from "../export/png-folder.ts";
import { saveNpy, saveNpz } from "../export/scaled-arrays.ts";
import { makeWritableFolder } from "../files/write.ts";
import type { Measured, ScaledSplit } from "../scaling/measure-scaled.ts";
import type { ImageScaling } from "../scaling/scaler.ts";
import { checkTarget, checkTargetFolder } from "./targets.ts";

/** Writes scaled images, and returns how, for people. */
type Save = (dataset: Dataset, scaler: ImageScaling) => Promise<string>;

/**
 * A function that writes scaled images to a file, in the format of its name, or as PNG files into a folder.
 *
 * @throws UsageError if the name has no known ending; PixscaleError if the file cannot be written, or the folder is not empty
 */
export function saver(path: string, data: readonly string[], split: SplitName | undefined): Save {
  if (isFolder(path)) {
    checkTargetFolder(path, data);
    makeWritableFolder(path);
    return async (dataset, scaler) => {
      const factor = await savePngs(path, { splits: chosen(dataset, split), scaler, classes: dataset });
      return `wrote PNG files into ${path}, values${factor === 1 ? "" : ` times ${factor},`} rounded`;
    };
  }
  const extension = extname(path).toLowerCase();
  if (extension !== ".npy" && extension !== ".npz") {
    const problem = `must end in .npy or .npz, or be a folder, as in "out/" (got "${path}")`;
    throw new UsageError("--save", problem, "rename it");
  }
  checkTarget(path, data);
  return async (dataset, scaler) => {
    if (extension === ".npy") await saveNpy(path, split === "test" ? dataset.test : dataset.train, scaler);
    else await saveNpz(path, chosen(dataset, split), scaler);
    return `wrote ${path}`;
  };
}

function chosen({ train, test }: Dataset, split: SplitName | undefined) {
  return { ...(split !== "test" && { train }), ...(split !== "train" && { test }) };
}

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** The figures of a scaled split, for JSON. */
export function splitDocument({ split, batches, firstBatch, whole }: ScaledSplit): unknown {
  const { height, width, channels } = split.shape;
  const withShape = ({ count, ...rest }: Measured) => ({ shape: [count, height, width, channels], ...rest });
  return { batches, firstBatch: withShape(firstBatch), whole: withShape(whole) };
}

/** The mean of each split. */
export function meansOf(
  splits: Readonly<Partial<Record<SplitName, ScaledSplit>>>,
): (readonly [split: SplitName, means: readonly number[]])[] {
  return SPLITS.flatMap((name) => {
    const split = splits[name];
    return split === undefined ? [] : [[name, [split.whole.mean]] as const];
  });
}
