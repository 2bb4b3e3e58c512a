import { stat } from "node:fs/promises";
import { PixscaleError } from "../errors.ts";
import type { Dataset, Split, Splits } from "./dataset.ts";
import { fileError } from "./file.ts";
import { readIdxFolder } from "./idx-folder.ts";
import { readMnist, readMnistMini } from "./mnist.ts";

/** Reads a dataset's splits from where they are kept; it has checked that labels, images and splits fit together. */
export type Source = () => Promise<Splits>;

const NAMED: ReadonlyMap<string, Source> = new Map([
  ["mnist", () => readMnist()],
  ["mnist-mini", readMnistMini],
]);

/** The names `loadDataset` knows. */
export const DATASET_NAMES: readonly string[] = [...NAMED.keys()];

/**
 * Loads a dataset into memory.
 *
 * @param nameOrPath a known name (`mnist`, `mnist-mini`), or the path of a folder of the four IDX files; a name wins
 *   over a folder of that name, which `./mnist` reaches
 * @throws PixscaleError if there is no such dataset, or a file of it is missing or bad
 */
export async function loadDataset(nameOrPath: string): Promise<Dataset> {
  const source = NAMED.get(nameOrPath) ?? (await sourceAt(nameOrPath));
  const { train, test } = await source();
  return { name: nameOrPath, classes: Math.max(maxLabel(train), maxLabel(test)) + 1, train, test };
}

async function sourceAt(path: string): Promise<Source> {
  const known = DATASET_NAMES.join(", ");
  const info = await stat(path).catch((error) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw fileError(path, error);
    const problem = "is neither a known dataset nor an existing path";
    throw new PixscaleError(path || '""', problem, `use one of ${known}, or a folder of IDX files`, {
      cause: error,
    });
  });
  if (!info.isDirectory()) {
    throw new PixscaleError(
      path,
      "is a file",
      `give the folder that holds the four IDX files, or one of ${known}`,
    );
  }
  return () => readIdxFolder(path);
}

function maxLabel({ labels }: Split): number {
  return labels.reduce((max, label) => Math.max(max, label), 0);
}
