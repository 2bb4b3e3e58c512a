import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { readBytes } from "../../files/read.ts";
import {
  formatShape,
  type ImageShape,
  type Labels,
  newLabels,
  type Pixels,
  type Split,
  type Splits,
} from "../dataset.ts";
import type { Format } from "../format.ts";
import { memorySource } from "../source.ts";
import { type NpyArray, parseNpy } from "./npy.ts";
import { readZip } from "./zip.ts";

/** The names that Keras gives the four arrays. */
const ARRAYS = ["x_train", "y_train", "x_test", "y_test"] as const;
const FILES = ARRAYS.map((name) => `${name}.npy`);

const PIXEL_DTYPES = ["|u1", "<u2", "<f4", "<f8"];
const MAX_CLASSES = 65536;

/** An .npz file as Keras distributes datasets: x_train, y_train, x_test, y_test. */
export const npzFormat: Format = {
  name: "npz",
  description: "an .npz file of x_train, y_train, x_test and y_test",
  isFolder: false,
  recognizes: ({ path }) => path.toLowerCase().endsWith(".npz"),
  async open({ path }) {
    const files = await readZip(path, FILES);
    const splits = toSplits((name) => {
      const bytes = files.get(name);
      if (bytes !== undefined) return { bytes, subject: `${path}/${name}` };
      const problem = `no array "${name.replace(/\.npy$/, "")}"`;
      throw new PixscaleError(path, problem, `save ${ARRAYS.join(", ")} with numpy.savez`);
    });
    return memorySource(splits, path);
  },
};

/** The same four arrays as separate files. */
export const npyFormat: Format = {
  name: "npy",
  description: "a folder of x_train.npy, y_train.npy, x_test.npy and y_test.npy",
  isFolder: true,
  recognizes: ({ names }) => names.some((name) => FILES.includes(name)),
  async open({ path }) {
    const files = new Map<string, Uint8Array>();
    for (const name of FILES) files.set(name, await readBytes(join(path, name)));
    const open: Open = (name) => ({ bytes: files.get(name) ?? new Uint8Array(), subject: join(path, name) });
    return memorySource(toSplits(open), path);
  },
};

type Open = (name: string) => { bytes: Uint8Array; subject: string };

function toSplits(open: Open): Splits<Split> {
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
    const problem = `${labels.length} labels, but "${subjects.x}" has ${count} images`;
    throw new PixscaleError(subjects.y, problem, "use arrays of the same dataset");
  }
  const [expected, found] = [train, test].map(({ shape }) => formatShape(shape));
  if (expected !== found) {
    const problem = `images of ${found}, but "${train.subjects.x}" has ${expected} (height × width × channels)`;
    throw new PixscaleError(test.subjects.x, problem, "use arrays of the same dataset");
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
    const problem = `shape (${dims.join(", ")}) is not that of images`;
    const remedy = "save (count, height, width) or (count, height, width, channels)";
    throw new PixscaleError(subject, problem, remedy);
  }
  if (dims.some((size) => size === 0)) throw new PixscaleError(subject, "no values", "save it again");
  if (channels > 4 && height <= 4) {
    const problem = `shape (${dims.join(", ")}) has the channels first`;
    throw new PixscaleError(subject, problem, "save x.transpose(0, 2, 3, 1)");
  }
  if (!PIXEL_DTYPES.includes(dtype)) {
    const remedy = "save them as uint8, uint16, float32 or float64";
    throw new PixscaleError(subject, `pixels of type "${dtype}"`, remedy);
  }
  const pixels = data instanceof Float64Array ? Float32Array.from(data) : (data as Pixels);
  if (
    data instanceof Float64Array &&
    data.some((value, i) => Number.isFinite(value) && !Number.isFinite(pixels[i]))
  ) {
    throw new PixscaleError(subject, "pixels too large for float32", "divide them before saving");
  }
  const shape: ImageShape = { height, width, channels };
  return { pixels, count, shape };
}

/** Whole numbers, 0 or more, [count] or [count, 1]. */
function toLabels({ shape: dims, data }: NpyArray, subject: string): { labels: Labels } {
  if (dims.length !== 1 && !(dims.length === 2 && dims[1] === 1)) {
    const problem = `shape (${dims.join(", ")}) is not that of labels`;
    throw new PixscaleError(subject, problem, "save one class number per image, such as y.argmax(axis=1)");
  }
  const numbers = Float64Array.from(data as ArrayLike<number>, Number);
  const wrong = numbers.find((value) => !Number.isInteger(value) || value < 0 || value >= MAX_CLASSES);
  if (wrong !== undefined) {
    const problem = `label ${wrong} is not a whole number from 0 to ${MAX_CLASSES - 1}`;
    throw new PixscaleError(subject, problem, "number the classes from 0");
  }
  const labels = newLabels(numbers.length, numbers.reduce((a, b) => Math.max(a, b), 0) + 1);
  labels.set(numbers);
  return { labels };
}
