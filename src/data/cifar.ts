import { join } from "node:path";
import { PixscaleError, setting } from "../errors.ts";
import { readAll, readBytes, withFile } from "../files/read.ts";
import type { ImageShape, Split, Splits } from "./dataset.ts";
import type { Format, Place } from "./format.ts";
import { memorySource } from "./source.ts";

/** Each record is its labels, then planes of 32 × 32 red, green and blue values (https://www.cs.toronto.edu/~kriz/cifar.html). */
export const CIFAR_SHAPE: ImageShape = { height: 32, width: 32, channels: 3 };
const PLANE = CIFAR_SHAPE.height * CIFAR_SHAPE.width;

/** CIFAR-10 or CIFAR-100. */
interface Variant {
  readonly train: RegExp;
  readonly test: string;
  /** Label bytes per record; the last is the class. In CIFAR-100 the superclass comes before it. */
  readonly labelBytes: number;
  readonly classes: number;
  readonly namesFile: string;
}

const CIFAR10: Variant = {
  train: /^data_batch_\d+\.bin$/,
  test: "test_batch.bin",
  labelBytes: 1,
  classes: 10,
  namesFile: "batches.meta.txt",
};
const CIFAR100: Variant = {
  train: /^train\.bin$/,
  test: "test.bin",
  labelBytes: 2,
  classes: 100,
  namesFile: "fine_label_names.txt",
};

export const cifar10Format: Format = {
  name: "cifar10",
  description: "a folder of CIFAR-10's data_batch_1.bin … and test_batch.bin",
  isFolder: true,
  recognizes: ({ names }) => names.some((name) => CIFAR10.train.test(name)),
  open: async (place) => memorySource(await readCifar(place, CIFAR10), place.path),
};

export const cifar100Format: Format = {
  name: "cifar100",
  description: "a folder of CIFAR-100's train.bin and test.bin",
  isFolder: true,
  recognizes: ({ names }) => names.some((name) => CIFAR100.train.test(name)),
  open: async (place) => memorySource(await readCifar(place, CIFAR100), place.path),
};

async function readCifar({ path: folder, names }: Place, variant: Variant): Promise<Splits<Split>> {
  const train = names
    .filter((name) => variant.train.test(name))
    // By length first: data_batch_9 comes before data_batch_10.
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (train.length === 0) {
    throw new PixscaleError(folder, "no training batches", "put CIFAR's binary version there");
  }
  const missing = train.length > 1 ? train.findIndex((name, i) => name !== `data_batch_${i + 1}.bin`) : -1;
  if (missing >= 0) {
    const problem = `${train.length} training batches, but no data_batch_${missing + 1}.bin`;
    throw new PixscaleError(folder, problem, "download CIFAR's binary version again");
  }
  const classNames = names.includes(variant.namesFile)
    ? await readNames(join(folder, variant.namesFile), variant)
    : undefined;
  return {
    train: await readSplit(
      train.map((name) => join(folder, name)),
      variant,
    ),
    test: await readSplit([join(folder, variant.test)], variant),
    ...(classNames && { classNames }),
  };
}

async function readSplit(paths: readonly string[], variant: Variant): Promise<Split> {
  const record = variant.labelBytes + 3 * PLANE;
  const files = await Promise.all(
    paths.map((path) =>
      withFile(path, async (file) => {
        if (file.size === 0 || file.size % record !== 0) {
          const problem = `${file.size} bytes, not a multiple of the ${record} of one image`;
          throw new PixscaleError(path, problem, "download CIFAR's binary version again");
        }
        return readAll(file);
      }),
    ),
  );
  const count = files.reduce((sum, bytes) => sum + bytes.length / record, 0);
  const pixels = new Uint8Array(count * 3 * PLANE);
  const labels = new Uint8Array(count);
  let image = 0;
  files.forEach((bytes, file) => {
    for (let at = 0; at < bytes.length; at += record, image++) {
      labels[image] = bytes[at + variant.labelBytes - 1];
      if (labels[image] >= variant.classes) {
        const problem = `label ${labels[image]}, but the classes are 0 to ${variant.classes - 1}`;
        const remedy = `use CIFAR's binary version, or another ${setting("format")}`;
        throw new PixscaleError(paths[file], problem, remedy);
      }
      interleave(bytes, at + variant.labelBytes, pixels, image * 3 * PLANE);
    }
  });
  return { pixels, labels, count, shape: CIFAR_SHAPE };
}

/** Converts one image of CIFAR from planes to pixels: CHW to HWC. */
export function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let i = 0; i < PLANE; i++) {
    pixels[to + 3 * i] = planes[from + i];
    pixels[to + 3 * i + 1] = planes[from + PLANE + i];
    pixels[to + 3 * i + 2] = planes[from + 2 * PLANE + i];
  }
}

async function readNames(path: string, { classes }: Variant): Promise<string[]> {
  const names = new TextDecoder()
    .decode(await readBytes(path))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (names.length === classes) return names;
  throw new PixscaleError(path, `${names.length} class names instead of ${classes}`, "download it again");
}
