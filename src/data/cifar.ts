import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError } from "../errors.ts";
import { fileError, readAll, withFile } from "../files/read.ts";
import type { ImageShape, Split, Splits } from "./dataset.ts";
import type { Format } from "./format.ts";

/** From the CIFAR page: each record is its labels, then 32×32 red, green and blue values, a plane after the other. */
const SHAPE: ImageShape = { height: 32, width: 32, channels: 3 };
const PLANE = SHAPE.height * SHAPE.width;

/** One of the two datasets. */
interface Variant {
  readonly train: RegExp;
  readonly test: string;
  /** Bytes of labels; the last is the class. CIFAR-100 has the superclass before it. */
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
  what: "a folder of CIFAR-10's data_batch_1.bin … and test_batch.bin",
  recognizes: ({ names }) => names.some((name) => CIFAR10.train.test(name)),
  read: (path) => readCifar(path, CIFAR10),
};

export const cifar100Format: Format = {
  name: "cifar100",
  what: "of CIFAR-100's train.bin and test.bin",
  recognizes: ({ names }) => names.some((name) => CIFAR100.train.test(name)),
  read: (path) => readCifar(path, CIFAR100),
};

async function readCifar(folder: string, variant: Variant): Promise<Splits> {
  const names = await readdir(folder).catch((error) => {
    throw fileError(folder, error);
  });
  const train = names
    .filter((name) => variant.train.test(name))
    // data_batch_10 after data_batch_9.
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (train.length === 0) {
    throw new PixscaleError(folder, "has no training batches", "put CIFAR's binary version there");
  }
  const missing = train.length > 1 ? train.findIndex((name, i) => name !== `data_batch_${i + 1}.bin`) : -1;
  if (missing >= 0) {
    const problem = `has ${train.length} training batches, but no data_batch_${missing + 1}.bin`;
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
          const problem = `has ${file.size} bytes, which are not whole images of ${record}`;
          throw new PixscaleError(path, problem, "download CIFAR's binary version again");
        }
        return readAll(file, undefined);
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
        const problem = `has the label ${labels[image]}, and there are ${variant.classes} classes`;
        throw new PixscaleError(paths[file], problem, "use CIFAR's binary version, or another --format");
      }
      interleave(bytes, at + variant.labelBytes, pixels, image * 3 * PLANE);
    }
  });
  return { pixels, labels, count, shape: SHAPE };
}

/** Planes to pixels. */
function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let i = 0; i < PLANE; i++) {
    pixels[to + 3 * i] = planes[from + i];
    pixels[to + 3 * i + 1] = planes[from + PLANE + i];
    pixels[to + 3 * i + 2] = planes[from + 2 * PLANE + i];
  }
}

async function readNames(path: string, { classes }: Variant): Promise<string[]> {
  const bytes = await withFile(path, (file) => readAll(file, undefined));
  const names = new TextDecoder()
    .decode(bytes)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (names.length === classes) return names;
  throw new PixscaleError(path, `names ${names.length} classes instead of ${classes}`, "download it again");
}
