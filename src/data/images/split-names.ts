/** The splits that a folder of images may have. */
export type FolderSplit = "train" | "validation" | "test";

const NAMES: Readonly<Record<FolderSplit, readonly string[]>> = {
  train: ["train", "training", "trn"],
  validation: ["val", "valid", "validation", "dev"],
  test: ["test", "testing", "tests", "tst", "eval", "evaluation"],
};

/**
 * The split that a folder is named after, in any case and with the usual additions: `Training`, `training_set`, `seg_train`,
 * `test1`, `val-images`. Undefined for any other name.
 */
export function splitOf(folder: string): FolderSplit | undefined {
  const core = folder
    .toLowerCase()
    .replace(/^(seg|data|images?|imgs?)[ _-]+/, "")
    .replace(/[ _-]*\d+$/, "")
    .replace(/[ _-]?(set|split|data|images?|imgs?|folder)$/, "");
  return (Object.keys(NAMES) as FolderSplit[]).find((split) => NAMES[split].includes(core));
}

/** The split that a file is named after, in one of the words of its name: `train.csv`, `mnist_test.csv`, `train-00000-of-00004.parquet`. */
export function splitOfFile(name: string): FolderSplit | undefined {
  const words = name.replace(/(\.[a-z]+)+$/i, "").split(/[^a-z0-9]+/i);
  const splits = new Set(words.map(splitOf).filter((split) => split !== undefined));
  return splits.size === 1 ? [...splits][0] : undefined;
}
