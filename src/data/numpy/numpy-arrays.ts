import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { readAll, withFile } from "../../files/read.ts";
import type { ImageShape, Labels, Pixels, Split, Splits } from "../dataset.ts";
import { newLabels } from "../dataset.ts";
import type { Format } from "../format.ts";
import { type NpyArray, parseNpy } from "./npy.ts";
import { readZip } from "./zip.ts";

/** Keras' names of the four arrays. */
const ARRAYS = ["x_train", "y_train", "x_test", "y_test"] as const;
const FILES = ARRAYS.map((name) => `${name}.npy`);

const PIXEL_DTYPES = ["|u1", "<u2", "<f4", "<f8"];
const MAX_CLASSES = 65536;

/** An .npz file as Keras' datasets are kept: x_train, y_train, x_test, y_test. */
export const npzFormat: Format = {
  name: "npz",
  what: "an .npz file of x_train, y_train, x_test and y_test",
  recognizes: ({ path, isFolder }) => !isFolder && path.toLowerCase().endsWith(".npz"),
  async read(path) {
    const files = await readZip(path, FILES);
    return toSplits((name) => {
      const bytes = files.get(name);
      if (bytes !== undefined) return { bytes, subject: `${path}/${name}` };
      const problem = `has no array ${name.replace(/\.npy$/, "")}`;
      throw new PixscaleError(path, problem, `save it with numpy.savez, with ${ARRAYS.join(", ")}`);
    });
  },
};

/** The same four arrays as files of their own. */
export const npyFormat: Format = {
  name: "npy",
  what: "a folder of x_train.npy, y_train.npy, x_test.npy and y_test.npy",
  recognizes: ({ names }) => names.some((name) => FILES.includes(name)),
  async read(path) {
    const files = new Map<string, Uint8Array>();
    for (const name of FILES) {
      files.set(name, await withFile(join(path, name), (file) => readAll(file, undefined)));
    }
    return toSplits((name) => ({ bytes: files.get(name) ?? new Uint8Array(), subject: join(path, name) }));
  },
};

type Open = (name: string) => { bytes: Uint8Array; subject: string };

function toSplits(open: Open): Splits {
  const [train, test] = ["train", "test"].map((split) => {
    const [x, y] = [open(`x_${split}.npy`), open(`y_${split}.npy`)];
    return {
      ...toImages(parseNpy(x.bytes, x.subject), x.subject),
      ...toLabels(parseNpy(y.bytes, y.subject), y.subject),
      subjects: { x: x.subject, y: y.subject },
    };
  });
  for (const { count, labels, subjects } of [train, test]) {
    if (labels.length === count) continue;
    const problem = `has ${labels.length} labels, but ${subjects.x} has ${count} images`;
    throw new PixscaleError(subjects.y, problem, "take both arrays from the same dataset");
  }
  const [expected, found] = [train, test].map(({ shape: s }) => `${s.height}×${s.width}×${s.channels}`);
  if (expected !== found) {
    const problem = `has images of ${found}, but ${train.subjects.x} has ${expected}`;
    throw new PixscaleError(test.subjects.x, problem, "take both arrays from the same dataset");
  }
  return { train: strip(train), test: strip(test) };
}

function strip({ pixels, labels, count, shape }: Split): Split {
  return { pixels, labels, count, shape };
}

/** Images [count, height, width] or [count, height, width, channels]; float64 is rounded to float32. */
function toImages({ shape: dims, dtype, data }: NpyArray, subject: string) {
  const [count, height, width, channels = 1] = dims;
  if (dims.length !== 3 && dims.length !== 4) {
    const problem = `has the shape (${dims.join(", ")})`;
    throw new PixscaleError(
      subject,
      problem,
      "give images as (count, height, width) or with channels behind",
    );
  }
  if (dims.some((size) => size === 0)) throw new PixscaleError(subject, "has no values", "save it again");
  if (channels > 4 && height <= 4) {
    const problem = `has the shape (${dims.join(", ")}), with the channels in front`;
    throw new PixscaleError(subject, problem, "save x.transpose(0, 2, 3, 1)");
  }
  if (!PIXEL_DTYPES.includes(dtype)) {
    throw new PixscaleError(
      subject,
      `has pixels of type ${dtype}`,
      "save them as uint8, uint16, float32 or float64",
    );
  }
  const pixels = data instanceof Float64Array ? Float32Array.from(data) : (data as Pixels);
  if (
    data instanceof Float64Array &&
    data.some((value, i) => Number.isFinite(value) && !Number.isFinite(pixels[i]))
  ) {
    throw new PixscaleError(subject, "has pixels that are too large for float32", "divide them first");
  }
  const shape: ImageShape = { height, width, channels };
  return { pixels, count, shape };
}

/** Whole numbers from 0 on, [count] or [count, 1]. */
function toLabels({ shape: dims, data }: NpyArray, subject: string): { labels: Labels } {
  if (dims.length !== 1 && !(dims.length === 2 && dims[1] === 1)) {
    const problem = `has the shape (${dims.join(", ")})`;
    throw new PixscaleError(subject, problem, "give one class number an image, such as y.argmax(axis=1)");
  }
  const numbers = Float64Array.from(data as ArrayLike<number>, Number);
  const wrong = numbers.find((value) => !Number.isInteger(value) || value < 0 || value >= MAX_CLASSES);
  if (wrong !== undefined) {
    const problem = `has the label ${wrong}`;
    throw new PixscaleError(subject, problem, `number the classes from 0 to at most ${MAX_CLASSES - 1}`);
  }
  const labels = newLabels(numbers.length, numbers.reduce((a, b) => Math.max(a, b), 0) + 1);
  labels.set(numbers);
  return { labels };
}
