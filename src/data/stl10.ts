import { join } from "node:path";
import { PixscaleError } from "../errors.ts";
import { readAll, readBytes, readPart, withFile } from "../files/read.ts";
import { type ImageShape, imageSize } from "./dataset.ts";
import type { Format, Place } from "./format.ts";
import type { DataSource, SplitSource } from "./source.ts";
import { unwrapFolder } from "./wrapped.ts";

/** Each image is a red, a green and a blue plane, each column by column (https://cs.stanford.edu/~acoates/stl10/). */
const SHAPE: ImageShape = { height: 96, width: 96, channels: 3 };
const SIZE = imageSize(SHAPE);
const PLANE = SHAPE.height * SHAPE.width;
const CLASSES = 10;
const FOLDER = "stl10_binary";
const UNLABELLED = "unlabeled_X.bin";
const AGAIN = "download STL-10's binary version again";

/** Images read at a time: 7 MB. */
const PIECE = 256;

export const stl10Format: Format = {
  name: "stl10",
  description: "a folder of STL-10's train_X.bin, train_y.bin, test_X.bin and test_y.bin",
  isFolder: true,
  recognizes: ({ folders, files }) => folders.includes(FOLDER) || files.includes("train_X.bin"),
  async open(given, { observer }) {
    const place = await unwrapFolder(given, FOLDER, observer);
    const classNames = await readNames(place);
    const train = await openSplit(place.path, "train");
    const test = await openSplit(place.path, "test");
    if (place.files.includes(UNLABELLED)) observer?.onNote?.(`${UNLABELLED} has no labels and is ignored`);
    return { train, test, ...(classNames && { classNames }) } satisfies DataSource;
  },
};

/** The images are read piece by piece; the labels, at once. */
async function openSplit(folder: string, split: "train" | "test"): Promise<SplitSource> {
  const path = join(folder, `${split}_X.bin`);
  const count = await withFile(path, async ({ size }) => {
    if (size > 0 && size % SIZE === 0) return size / SIZE;
    throw new PixscaleError(path, `${size} bytes, not a multiple of the ${SIZE} of one image`, AGAIN);
  });
  const labels = await readLabels(join(folder, `${split}_y.bin`), count);
  return {
    shape: SHAPE,
    type: "uint8",
    count,
    subject: path,
    async *pieces() {
      for (let start = 0; start < count; start += PIECE) {
        const end = Math.min(count, start + PIECE);
        const bytes = await withFile(path, (file) => readPart(file, start * SIZE, end * SIZE));
        const pixels = new Uint8Array(bytes.length);
        for (let at = 0; at < bytes.length; at += SIZE) toRows(bytes, pixels, at);
        yield { pixels, labels: labels.subarray(start, end), count: end - start, shape: SHAPE };
      }
    },
  };
}

/** Converts one image from planes of columns to rows of pixels: CWH to HWC. */
function toRows(planes: Uint8Array, pixels: Uint8Array, from: number): void {
  const { height, width, channels } = SHAPE;
  for (let channel = 0; channel < channels; channel++) {
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        pixels[from + (y * width + x) * channels + channel] = planes[from + channel * PLANE + x * height + y];
      }
    }
  }
}

/** Labels in the file are 1 to 10. */
async function readLabels(path: string, count: number): Promise<Uint8Array> {
  return withFile(path, async (file) => {
    if (file.size !== count) throw new PixscaleError(path, `${file.size} labels, but ${count} images`, AGAIN);
    const labels = await readAll(file);
    const wrong = labels.find((label) => label < 1 || label > CLASSES);
    if (wrong === undefined) return labels.map((label) => label - 1);
    throw new PixscaleError(path, `label ${wrong}, but the classes are 1 to ${CLASSES}`, AGAIN);
  });
}

async function readNames({ path: folder, files }: Place): Promise<string[] | undefined> {
  if (!files.includes("class_names.txt")) return undefined;
  const path = join(folder, "class_names.txt");
  const names = new TextDecoder()
    .decode(await readBytes(path))
    .split(/\s+/)
    .filter(Boolean);
  if (names.length === CLASSES) return names;
  throw new PixscaleError(path, `${names.length} class names instead of ${CLASSES}`, AGAIN);
}
