import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { PixscaleError } from "../../errors.ts";
import { type FolderEntries, folderEntries } from "../../files/folder-entries.ts";
import { gzipError } from "../../files/gzip.ts";
import { fileError, readBytes } from "../../files/read.ts";
import { formatShape, type ImageShape, imageSize, type Split, type Splits } from "../dataset.ts";
import type { DataOptions, Format } from "../format.ts";
import { memorySource } from "../source.ts";
import { readIdxFile } from "./idx-file.ts";
import { parseIntegerLabels } from "./idx-integers.ts";
import { areIdxNames, type IdxNames, idxNames } from "./idx-names.ts";

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

/** Folders above the files, as torchvision makes them: `MNIST/raw`. */
const MAX_DEPTH = 2;
/** The folder that torchvision downloads to. */
const RAW = "raw";

export const idxFormat: Format = {
  name: "idx",
  description: "a folder of four IDX files",
  isFolder: true,
  options: ["transpose"],
  recognizes: async (place) => (await idxFolder(place)) !== undefined,
  async open(place, options) {
    const { path } = (await idxFolder(place)) ?? place;
    if (path !== place.path) options.observer?.onNote?.(`reading ${path}`);
    return memorySource(await readIdxFolder(path, {}, options), path);
  },
};

/** The folder of the files: a place, or one called `raw` in it or in its only folder. */
async function idxFolder(place: FolderEntries, depth = 0): Promise<FolderEntries | undefined> {
  if (areIdxNames(place.names)) return depth === 0 || basename(place.path) === RAW ? place : undefined;
  const [only, ...others] = place.folders;
  const name = place.folders.includes(RAW) ? RAW : others.length === 0 ? only : undefined;
  if (depth === MAX_DEPTH || name === undefined) return undefined;
  return idxFolder(await folderEntries(join(place.path, name)), depth + 1);
}

/**
 * Reads the four IDX files of an MNIST-like dataset, under their usual names (`train-images-idx3-ubyte`, …) or those of EMNIST and QMNIST.
 * A plain file wins over a `.gz`. Images have rank 3 (gray) or 4.
 *
 * @param sums if given, the expected SHA-256 of each file, by file name
 * @throws PixscaleError if a file is missing or bad, or the files do not fit together
 */
export async function readIdxFolder(
  folder: string,
  sums: Readonly<Record<string, string>> = {},
  { transpose, observer }: Pick<DataOptions, "transpose" | "observer"> = {},
): Promise<Splits<Split>> {
  const all = await listFolder(folder);
  const names = idxNames(folder, [...all.files, ...all.others]);
  const [trainImages, trainLabels, testImages, testLabels] = findFiles(folder, all, names);
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
  const isTransposed = transpose ?? names.isTransposed;
  if (isTransposed && transpose === undefined)
    observer?.onNote?.("the images are transposed, as EMNIST stores them");
  const orient = isTransposed ? transposed : (split: Split) => split;
  const splits = { train: orient(toSplit(images, labels)), test: orient(toSplit(otherImages, otherLabels)) };
  if (names.mapping === undefined) return splits;
  const mapping = await readMapping(join(folder, names.mapping), all.files);
  return withClasses(splits, mapping, names.isFromOne, observer?.onNote);
}

interface Listed {
  readonly files: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

async function listFolder(folder: string): Promise<Listed> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileError(folder, error);
  });
  const names = (isFile: boolean) =>
    new Set(entries.filter((entry) => entry.isDirectory() !== isFile).map((entry) => entry.name));
  return { files: names(true), others: names(false) };
}

function findFiles(
  folder: string,
  { files, others }: Listed,
  { images, labels }: IdxNames,
): [string, string, string, string] {
  const find = (plain: readonly string[]): string => {
    const names = [...plain, ...plain.map((name) => `${name}.gz`)];
    // Some archives unpack to a folder beside each file with almost the same name, so folders come last.
    const found = names.find((name) => files.has(name)) ?? names.find((name) => others.has(name));
    if (found !== undefined) return found;
    const problem = `no ${names[0]} in this ${files.size + others.size === 0 ? "empty folder" : "folder"}`;
    const remedy = `add one of ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
    throw new PixscaleError(folder, problem, remedy);
  };
  return [find(images.train), find(labels.train), find(images.test), find(labels.test)];
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
  if (/-int(\.gz)?$/.test(path))
    return { path, labels: parseIntegerLabels(await readMaybeGzipped(path), path) };
  const { dims, data } = await readIdxFile(path, sha256);
  if (dims.length !== 1) {
    const problem = `rank ${dims.length} (images), but its name says labels`;
    throw new PixscaleError(path, problem, "replace it with the labels");
  }
  return { path, labels: data };
}

const MOST_LABEL_BYTES = 2 ** 30;

async function readMaybeGzipped(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  if (!path.endsWith(".gz")) return bytes;
  // Labels of a byte or four each.
  return promisify(gunzip)(bytes, { maxOutputLength: MOST_LABEL_BYTES }).catch((error) => {
    if (error.code !== "ERR_BUFFER_TOO_LARGE") throw gzipError(path, error);
    const problem = `decompresses to more than ${MOST_LABEL_BYTES.toLocaleString("en-US")} bytes of labels`;
    throw new PixscaleError(path, problem, "check the file", { cause: error });
  });
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

/** Rows become columns. */
function transposed(split: Split): Split {
  const { height, width, channels } = split.shape;
  const size = imageSize(split.shape);
  const pixels = split.pixels.slice();
  for (let image = 0; image < split.count; image++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = image * size + (y * width + x) * channels;
        const to = image * size + (x * height + y) * channels;
        for (let c = 0; c < channels; c++) pixels[to + c] = split.pixels[from + c];
      }
    }
  }
  return { ...split, pixels, shape: { height: width, width: height, channels } };
}

/** The characters of EMNIST's classes, by label: a label and character codes in each line. */
async function readMapping(path: string, files: ReadonlySet<string>): Promise<ReadonlyMap<number, string>> {
  if (!files.has(basename(path))) return new Map();
  const lines = new TextDecoder().decode(await readBytes(path)).split("\n");
  const pairs = lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([label, code]) => label >= 0 && code > 0);
  return new Map(pairs.map(([label, code]) => [label, String.fromCodePoint(Math.min(code, 0x10ffff))]));
}

/** EMNIST numbers letters from 1. Classes have names if all labels are mapped. */
function withClasses(
  { train, test }: Splits<Split>,
  mapping: ReadonlyMap<number, string>,
  isFromOne: boolean,
  note: ((text: string) => void) | undefined,
): Splits<Split> {
  const labels = new Set([...train.labels, ...test.labels]);
  const largest = Math.max(...labels);
  const first = isFromOne && !labels.has(0) ? 1 : 0;
  if (first === 1) note?.(`labels 1 … ${largest} become 0 … ${largest - 1}`);
  const numbered = (split: Split): Split => ({
    ...split,
    labels: split.labels.map((label) => label - first),
  });
  const names = Array.from({ length: largest + 1 - first }, (_, i) => mapping.get(i + first));
  const classNames = names.filter((name) => name !== undefined);
  return {
    train: numbered(train),
    test: numbered(test),
    ...(classNames.length === names.length && { classNames }),
  };
}
