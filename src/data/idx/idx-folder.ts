import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { fileError } from "../../files/read.ts";
import type { ImageShape, Split, Splits } from "../dataset.ts";
import type { Format } from "../format.ts";
import { readIdxFile } from "./idx-file.ts";

interface Images {
  readonly path: string;
  readonly pixels: Uint8Array;
  readonly count: number;
  readonly shape: ImageShape;
}

interface Labels {
  readonly path: string;
  readonly labels: Uint8Array;
}

const IMAGE_RANKS = [3, 4];
const LABEL_RANKS = [1];

const TRAIN_IMAGES = fileNames("train-images", IMAGE_RANKS);
const TRAIN_LABELS = fileNames("train-labels", LABEL_RANKS);
const TEST_IMAGES = fileNames("t10k-images", IMAGE_RANKS);
const TEST_LABELS = fileNames("t10k-labels", LABEL_RANKS);

export const idxFormat: Format = {
  name: "idx",
  what: "a folder of four IDX files",
  recognizes: ({ names }) => names.some((name) => /^(train|t10k)-(images|labels)[-.]idx\d/.test(name)),
  read: (path) => readIdxFolder(path),
};

/**
 * Reads a folder of the four IDX files of an MNIST-like dataset, under their usual names
 * (`train-images-idx3-ubyte`, …; plain or `.gz`, a plain file first). Images are rank 3 (gray) or 4.
 *
 * @param sums if given, the SHA-256 sum that each file must have, by file name
 * @throws PixscaleError if a file is missing or bad, or the files do not fit together
 */
export async function readIdxFolder(
  folder: string,
  sums: Readonly<Record<string, string>> = {},
): Promise<Splits> {
  const [trainImages, trainLabels, testImages, testLabels] = await findFiles(folder);
  const reads = [
    readImages(join(folder, trainImages), sums[trainImages]),
    readLabels(join(folder, trainLabels), sums[trainLabels]),
    readImages(join(folder, testImages), sums[testImages]),
    readLabels(join(folder, testLabels), sums[testLabels]),
  ] as const;
  // Once all are settled, Promise.all reports the first failure in this order, not the fastest.
  await Promise.allSettled(reads);
  const [images, labels, otherImages, otherLabels] = await Promise.all(reads);
  checkSameShape(images, otherImages);
  return { train: toSplit(images, labels), test: toSplit(otherImages, otherLabels) };
}

function fileNames(stem: string, ranks: readonly number[]): readonly string[] {
  const plain = ranks.flatMap((rank) => [`${stem}-idx${rank}-ubyte`, `${stem}.idx${rank}-ubyte`]);
  return [...plain, ...plain.map((name) => `${name}.gz`)];
}

async function findFiles(folder: string): Promise<[string, string, string, string]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileError(folder, error);
  });
  // Some archives unpack to a folder beside each file, named almost like it: folders come last.
  const files = new Set(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name));
  const all = new Set(entries.map((entry) => entry.name));
  const find = (names: readonly string[]): string => {
    const found = names.find((name) => files.has(name)) ?? names.find((name) => all.has(name));
    if (found !== undefined) return found;
    const problem = `is ${entries.length === 0 ? "an empty folder" : "a folder"} without ${names[0]}`;
    throw new PixscaleError(folder, problem, `put it there under one of the names ${names.join(", ")}`);
  };
  return [find(TRAIN_IMAGES), find(TRAIN_LABELS), find(TEST_IMAGES), find(TEST_LABELS)];
}

async function readImages(path: string, sha256: string | undefined): Promise<Images> {
  const { dims, data } = await readIdxFile(path, sha256);
  if (dims.length === 1) {
    throw new PixscaleError(path, "has rank 1 (labels) but its name says images", "put the images there");
  }
  const [count, height, width, channels = 1] = dims;
  return { path, pixels: data, count, shape: { height, width, channels } };
}

async function readLabels(path: string, sha256: string | undefined): Promise<Labels> {
  const { dims, data } = await readIdxFile(path, sha256);
  if (dims.length !== 1) {
    throw new PixscaleError(
      path,
      `has rank ${dims.length} (images) but its name says labels`,
      "put the labels there",
    );
  }
  return { path, labels: data };
}

function toSplit({ path: imagePath, ...images }: Images, { path, labels }: Labels): Split {
  if (labels.length !== images.count) {
    const problem = `has a label count of ${labels.length}, but the image count of ${imagePath} is ${images.count}`;
    throw new PixscaleError(path, problem, "take both files from the same dataset");
  }
  return { ...images, labels };
}

function checkSameShape(train: Images, test: Images): void {
  const [expected, found] = [formatShape(train.shape), formatShape(test.shape)];
  if (expected === found) return;
  const problem = `has images of ${found} values, but ${train.path} has ${expected}`;
  throw new PixscaleError(test.path, problem, "take both files from the same dataset");
}

function formatShape({ height, width, channels }: ImageShape): string {
  return `${height} × ${width} × ${channels}`;
}
