import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError, UsageError } from "../errors.ts";
import { RandomStream, shuffledIndices } from "../random.ts";
import { imageSize, newLabels, type Split } from "./dataset.ts";
import { decodeAll } from "./decode-all.ts";
import { checkFits, fileError } from "./file.ts";
import type { DataOptions, Format, ImageOptions } from "./format.ts";
import { ImageDecoder } from "./image-decoder.ts";

/** An image to be read. */
export interface ImageFile {
  readonly path: string;
  readonly label: number;
}

/** The images of a folder, and their classes by name. */
export interface ImageFolder {
  readonly classNames: readonly string[];
  readonly train: readonly ImageFile[];
  readonly test: readonly ImageFile[];
}

const IMAGE_NAME = /\.(jpe?g|png|webp|tiff?|avif|gif)$/i;
/** Names of the folder of test images, the first that is there. */
const TEST_FOLDERS = ["test", "val", "valid", "validation"];
const MAX_CLASSES = 65536;

/** One subfolder of images a class, under `train/` and `test/` or to be split. */
export const imagesFormat: Format = {
  name: "images",
  what: "a folder with a subfolder of images for each class",
  recognizes: ({ folders }) => folders.length > 0,
  async read(path, options) {
    const folder = await listImages(path, options);
    const decoder = await ImageDecoder.like(
      folder.train.map((file) => file.path),
      options,
    );
    return {
      train: await readSplit(folder.train, folder.classNames.length, decoder, options),
      test: await readSplit(folder.test, folder.classNames.length, decoder, options),
      classNames: folder.classNames,
    };
  },
};

/**
 * Finds the images of a folder, in the order of their names. Classes are numbered in the order of their names, as Keras and
 * torchvision do.
 *
 * @throws PixscaleError if there are no classes or no images, or the test images have a class that the others have not
 */
export async function listImages(folder: string, options: ImageOptions): Promise<ImageFolder> {
  const folders = await subfolders(folder);
  const test = TEST_FOLDERS.find((name) => folders.includes(name));
  if (folders.includes("train") && test !== undefined) {
    const classNames = await classesIn(join(folder, "train"));
    for (const name of await classesIn(join(folder, test))) {
      if (classNames.includes(name)) continue;
      const problem = "is a class that the training images do not have";
      throw new PixscaleError(
        join(folder, test, name),
        problem,
        "add it to the training images, or remove it",
      );
    }
    return {
      classNames,
      train: await filesOf(join(folder, "train"), classNames),
      test: await filesOf(join(folder, test), classNames),
    };
  }
  const classNames = await classesIn(folder);
  return { classNames, ...cut(await filesOf(folder, classNames), options) };
}

/** Draws the test images; both parts keep the order of names. */
function cut(files: readonly ImageFile[], { testSplit = 0.2, splitSeed = 0 }: ImageOptions) {
  const count = Math.round(files.length * testSplit);
  if (count === 0 || count === files.length) {
    const problem = `of ${files.length} images it leaves ${files.length - count} to train and ${count} to test`;
    throw new UsageError("--test-split", problem, "choose a part that leaves images on both sides");
  }
  const order = shuffledIndices(files.length, new RandomStream(splitSeed, "split"));
  const pick = (indices: Uint32Array) => Array.from(indices.sort(), (index) => files[index]);
  return { train: pick(order.slice(count)), test: pick(order.slice(0, count)) };
}

async function classesIn(folder: string): Promise<string[]> {
  const names = await subfolders(folder);
  if (names.length === 0) {
    throw new PixscaleError(folder, "has no subfolder", "put the images of each class into one of its own");
  }
  if (names.length > MAX_CLASSES) {
    throw new PixscaleError(folder, `has ${names.length} classes`, `use at most ${MAX_CLASSES}`);
  }
  return names;
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileError(folder, error);
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

async function filesOf(folder: string, classNames: readonly string[]): Promise<ImageFile[]> {
  const lists = await Promise.all(
    classNames.map(async (name, label) => {
      const within = join(folder, name);
      // A class of the training images may have no test images.
      const names = await readdir(within, { recursive: true }).catch((error) => {
        if (error.code === "ENOENT") return [];
        throw fileError(within, error);
      });
      return names
        .filter((file) => IMAGE_NAME.test(file) && !/(^|[\\/])\./.test(file))
        .sort()
        .map((file) => ({ path: join(within, file), label }));
    }),
  );
  const files = lists.flat();
  if (files.length > 0) return files;
  const problem = "has no images (jpg, png, webp, tiff, avif, gif) in its subfolders";
  throw new PixscaleError(
    folder,
    problem,
    "put the images of each class into a subfolder, or force another --format",
  );
}

async function readSplit(
  files: readonly ImageFile[],
  classes: number,
  decoder: ImageDecoder,
  { observer = {}, ...options }: DataOptions,
): Promise<Split> {
  const { shape, levels } = decoder;
  const size = imageSize(shape);
  const length = files.length * size;
  checkFits(files[0].path, levels === 256 ? length : 2 * length);
  const pixels = levels === 256 ? new Uint8Array(length) : new Uint16Array(length);
  const labels = newLabels(files.length, classes);
  labels.set(files.map(({ label }) => label));
  const paths = files.map(({ path }) => path);
  const skipped = await decodeAll(decoder, paths, options, observer, (index, values) =>
    pixels.set(values, index * size),
  );
  if (skipped.length === files.length) {
    throw new PixscaleError(files[0].path, "and all others of its split cannot be decoded", "replace them");
  }
  return dropImages({ pixels, labels, count: files.length, shape }, skipped);
}

/** Moves what comes behind each image that is dropped to the front, in place. */
function dropImages({ pixels, labels, count, shape }: Split, dropped: readonly number[]): Split {
  const size = imageSize(shape);
  dropped.forEach((image, i) => {
    const [from, to] = [image + 1, dropped[i + 1] ?? count];
    pixels.copyWithin((image - i) * size, from * size, to * size);
    labels.copyWithin(image - i, from, to);
  });
  const kept = count - dropped.length;
  return { pixels: pixels.subarray(0, kept * size), labels: labels.subarray(0, kept), count: kept, shape };
}
