import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { fileError } from "../../files/read.ts";
import { formatShape, type ImageShape, type Split, type Splits } from "../dataset.ts";
import type { Format } from "../format.ts";
import { memorySource } from "../source.ts";
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
  description: "a folder of four IDX files",
  isFolder: true,
  recognizes: ({ names }) => names.some((name) => /^(train|t10k)-(images|labels)[-.]idx\d/.test(name)),
  open: async ({ path }) => memorySource(await readIdxFolder(path), path),
};

/**
 * Reads the four IDX files of an MNIST-like dataset, under their usual names (`train-images-idx3-ubyte`, …). A plain file
 * wins over a `.gz`. Images have rank 3 (gray) or 4.
 *
 * @param sums if given, the expected SHA-256 of each file, by file name
 * @throws PixscaleError if a file is missing or bad, or the files do not fit together
 */
export async function readIdxFolder(
  folder: string,
  sums: Readonly<Record<string, string>> = {},
): Promise<Splits<Split>> {
  const [trainImages, trainLabels, testImages, testLabels] = await findFiles(folder);
  const reads = [
    readImages(join(folder, trainImages), sums[trainImages]),
    readLabels(join(folder, trainLabels), sums[trainLabels]),
    readImages(join(folder, testImages), sums[testImages]),
    readLabels(join(folder, testLabels), sums[testLabels]),
  ] as const;
  // Once all are settled, Promise.all reports the first failure in this order, not the earliest.
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
  // Some archives unpack to a folder beside each file with almost the same name, so folders come last.
  const files = new Set(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name));
  const all = new Set(entries.map((entry) => entry.name));
  const find = (names: readonly string[]): string => {
    const found = names.find((name) => files.has(name)) ?? names.find((name) => all.has(name));
    if (found !== undefined) return found;
    const problem = `no ${names[0]} in this ${entries.length === 0 ? "empty folder" : "folder"}`;
    const remedy = `add one of ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
    throw new PixscaleError(folder, problem, remedy);
  };
  return [find(TRAIN_IMAGES), find(TRAIN_LABELS), find(TEST_IMAGES), find(TEST_LABELS)];
}

async function readImages(path: string, sha256: string | undefined): Promise<Images> {
  const { dims, data } = await readIdxFile(path, sha256);
  if (dims.length === 1) {
    throw new PixscaleError(path, "rank 1 (labels), but its name says images", "replace it with the images");
  }
  const [count, height, width, channels = 1] = dims;
  return { path, pixels: data, count, shape: { height, width, channels } };
}

async function readLabels(path: string, sha256: string | undefined): Promise<Labels> {
  const { dims, data } = await readIdxFile(path, sha256);
  if (dims.length !== 1) {
    const problem = `rank ${dims.length} (images), but its name says labels`;
    throw new PixscaleError(path, problem, "replace it with the labels");
  }
  return { path, labels: data };
}

function toSplit({ path: imagePath, ...images }: Images, { path, labels }: Labels): Split {
  if (labels.length !== images.count) {
    const problem = `${labels.length} labels, but "${imagePath}" has ${images.count} images`;
    throw new PixscaleError(path, problem, "use files of the same dataset");
  }
  return { ...images, labels };
}

function checkSameShape(train: Images, test: Images): void {
  const [expected, found] = [formatShape(train.shape), formatShape(test.shape)];
  if (expected === found) return;
  const problem = `images of ${found}, but "${train.path}" has ${expected} (height × width × channels)`;
  throw new PixscaleError(test.path, problem, "use files of the same dataset");
}
