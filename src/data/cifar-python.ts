import { join } from "node:path";
import { PixscaleError } from "../errors.ts";
import { readBytes } from "../files/read.ts";
import { CIFAR_SHAPE, interleave } from "./cifar.ts";
import { imageSize, type Labels, newLabels, type Split, type Splits } from "./dataset.ts";
import type { Format, FormatName, Place } from "./format.ts";
import { asText, isArray, isDict, type PythonDict, type PythonValue } from "./pickle/python-values.ts";
import { unpickle } from "./pickle/unpickle.ts";
import { memorySource } from "./source.ts";
import { unwrapFolder } from "./wrapped.ts";

/** The Python version of CIFAR-10 or CIFAR-100 (https://www.cs.toronto.edu/~kriz/cifar.html). */
interface Variant {
  readonly name: FormatName;
  readonly title: string;
  /** The folder that its archive unpacks to. */
  readonly folder: string;
  readonly train: readonly string[];
  readonly test: string;
  readonly namesFile: string;
  readonly labelKey: string;
  readonly namesKey: string;
  readonly classes: number;
}

const CIFAR10: Variant = {
  name: "cifar10-python",
  title: "CIFAR-10",
  folder: "cifar-10-batches-py",
  train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}`),
  test: "test_batch",
  namesFile: "batches.meta",
  labelKey: "labels",
  namesKey: "label_names",
  classes: 10,
};
const CIFAR100: Variant = {
  name: "cifar100-python",
  title: "CIFAR-100",
  folder: "cifar-100-python",
  train: ["train"],
  test: "test",
  namesFile: "meta",
  labelKey: "fine_labels",
  namesKey: "fine_label_names",
  classes: 100,
};

export const cifar10PythonFormat = pythonFormat(CIFAR10);
export const cifar100PythonFormat = pythonFormat(CIFAR100);

function pythonFormat(variant: Variant): Format {
  const { name, title, folder, train, test, namesFile } = variant;
  const files = [...train, test, namesFile];
  return {
    name,
    description: `a folder of ${title}'s Python version (${train[0]}${train.length > 1 ? " …" : ""}, ${test})`,
    isFolder: true,
    // CIFAR-100's names alone could be those of other files.
    recognizes: (place) =>
      place.folders.includes(folder) ||
      (place.files.includes(train[0]) && files.filter((file) => place.files.includes(file)).length > 1),
    async open(place, { observer }) {
      const found = await unwrapFolder(place, folder, observer);
      return memorySource(await readPython(found, variant), found.path);
    },
  };
}

async function readPython(place: Place, variant: Variant): Promise<Splits<Split>> {
  const { path: folder, files } = place;
  const missing = [...variant.train, variant.test].find((name) => !files.includes(name));
  if (missing !== undefined) {
    throw new PixscaleError(folder, `no ${missing}`, `download ${variant.title}'s Python version again`);
  }
  const names = files.includes(variant.namesFile) ? await readNames(folder, variant) : undefined;
  return {
    train: await readSplit(folder, variant.train, variant),
    test: await readSplit(folder, [variant.test], variant),
    ...(names && { classNames: names }),
  };
}

async function readSplit(folder: string, names: readonly string[], variant: Variant): Promise<Split> {
  const batches: Batch[] = [];
  for (const name of names) batches.push(await readBatch(join(folder, name), variant));
  const size = imageSize(CIFAR_SHAPE);
  const count = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  const pixels = new Uint8Array(count * size);
  const labels = newLabels(count, variant.classes);
  let image = 0;
  for (const batch of batches) {
    labels.set(batch.labels, image);
    for (let i = 0; i < batch.labels.length; i++, image++) {
      interleave(batch.planes, i * size, pixels, image * size);
    }
  }
  return { pixels, labels, count, shape: CIFAR_SHAPE };
}

interface Batch {
  /** Images one after another, each a red, a green and a blue plane. */
  readonly planes: Uint8Array;
  readonly labels: Labels;
}

async function readBatch(path: string, variant: Variant): Promise<Batch> {
  const dict = await readDict(path);
  const planes = toPlanes(path, dict.get("data"));
  const labels = toLabels(path, dict.get(variant.labelKey), variant);
  const count = planes.length / imageSize(CIFAR_SHAPE);
  if (labels.length !== count) {
    const problem = `${labels.length} labels, but ${count} images`;
    throw new PixscaleError(path, problem, "download it again");
  }
  return { planes, labels };
}

async function readDict(path: string): Promise<PythonDict> {
  const value = unpickle(await readBytes(path), path);
  if (isDict(value)) return value;
  throw new PixscaleError(path, "a pickle of something other than a dict", "download it again");
}

/** @throws PixscaleError if it is no array of bytes, `[count, 3072]`, of at least one image */
function toPlanes(path: string, value: PythonValue | undefined): Uint8Array {
  const size = imageSize(CIFAR_SHAPE);
  if (!isArray(value) || value.type?.code !== "u1") {
    throw new PixscaleError(path, 'no uint8 array "data"', "download it again");
  }
  const { shape, bytes, isFortran } = value;
  const [count] = shape;
  if (shape.length !== 2 || shape[1] !== size || count === 0 || bytes.length !== count * size) {
    const problem = `"data" of shape (${shape.join(", ")}) and ${bytes.length} bytes, not (count, ${size})`;
    throw new PixscaleError(path, problem, "download it again");
  }
  if (!isFortran) return bytes;
  const rows = new Uint8Array(bytes.length);
  for (let i = 0; i < rows.length; i++) rows[i] = bytes[(i % size) * count + Math.floor(i / size)];
  return rows;
}

/** @throws PixscaleError if it is no list of the variant's class numbers */
function toLabels(path: string, value: PythonValue | undefined, { labelKey, classes }: Variant): Labels {
  if (!Array.isArray(value)) {
    throw new PixscaleError(path, `no list "${labelKey}"`, "download it again");
  }
  const isLabel = (label: PythonValue) =>
    Number.isSafeInteger(label) && Number(label) >= 0 && Number(label) < classes;
  const wrong = value.findIndex((label) => !isLabel(label));
  if (wrong >= 0) {
    const label = typeof value[wrong] === "number" ? value[wrong] : "of another type than int";
    const problem = `label ${label} at index ${wrong}, but the classes are 0 to ${classes - 1}`;
    throw new PixscaleError(path, problem, "download it again");
  }
  const labels = newLabels(value.length, classes);
  labels.set(value.map(Number));
  return labels;
}

async function readNames(folder: string, { namesFile, namesKey, classes }: Variant): Promise<string[]> {
  const path = join(folder, namesFile);
  const list = (await readDict(path)).get(namesKey);
  const names = Array.isArray(list) ? list.map(asText).filter((name) => name !== undefined) : [];
  if (names.length === classes) return names;
  throw new PixscaleError(path, `${names.length} class names instead of ${classes}`, "download it again");
}
