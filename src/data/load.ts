import { stat } from "node:fs/promises";
import { PixscaleError } from "../errors.ts";
import { folderEntries } from "../files/folder-entries.ts";
import { fileError } from "../files/read.ts";
import { cifar10Format, cifar100Format } from "./cifar.ts";
import type { Dataset, Split, Splits } from "./dataset.ts";
import type { DataOptions, Format, Place } from "./format.ts";
import { idxFormat } from "./idx/idx-folder.ts";
import { imagesFormat } from "./images/image-folder.ts";
import { readFashionMnist } from "./named/fashion-mnist.ts";
import { readMnist, readMnistMini } from "./named/mnist.ts";
import { npyFormat, npzFormat } from "./numpy/numpy-arrays.ts";

const NAMED: ReadonlyMap<string, () => Promise<Splits>> = new Map([
  ["mnist", () => readMnist()],
  ["mnist-mini", readMnistMini],
  ["fashion-mnist", () => readFashionMnist()],
]);

/** What is taken where no data are named. */
export const DEFAULT_DATASET = "mnist";

/** The names `loadDataset` knows. */
export const DATASET_NAMES: readonly string[] = [...NAMED.keys()];

/** In the order in which a path is tried: a folder of images is any that holds folders, so it comes last. */
const KNOWN_FORMATS: readonly Format[] = [
  idxFormat,
  npzFormat,
  npyFormat,
  cifar10Format,
  cifar100Format,
  imagesFormat,
];

/**
 * Loads a dataset into memory.
 *
 * @param nameOrPath a known name (`mnist`, …), or a path in one of the known formats; a name wins over a folder of that name,
 *   which `./mnist` reaches
 * @throws PixscaleError if there is no such dataset, or a file of it is missing or bad
 */
export async function loadDataset(nameOrPath: string, options: DataOptions = {}): Promise<Dataset> {
  const named = options.format === undefined ? NAMED.get(nameOrPath) : undefined;
  const splits = await (named?.() ?? readPath(nameOrPath, options));
  const { train, test } = splits;
  const classes = splits.classNames?.length ?? Math.max(maxLabel(train), maxLabel(test)) + 1;
  return { name: nameOrPath, classes, ...splits };
}

/**
 * The format of what is at a path: the one asked for, or the first that recognizes it. Nothing for a known name.
 *
 * @throws PixscaleError if there is nothing, or nothing known
 */
export async function formatOf(nameOrPath: string, options: DataOptions = {}): Promise<Format | undefined> {
  if (options.format === undefined && NAMED.has(nameOrPath)) return undefined;
  const place = await lookAt(nameOrPath);
  const format =
    options.format === undefined
      ? KNOWN_FORMATS.find((known) => known.recognizes(place))
      : KNOWN_FORMATS.find(({ name }) => name === options.format);
  if (format !== undefined) return format;
  const remedy = `give ${listed(KNOWN_FORMATS.map(({ what }) => what))}, or one of ${DATASET_NAMES.join(", ")}`;
  const kind = place.isFolder ? (place.names.length === 0 ? "an empty folder" : "a folder") : "a file";
  throw new PixscaleError(nameOrPath, `is ${kind} in no known format`, remedy);
}

async function readPath(path: string, options: DataOptions): Promise<Splits> {
  const format = await formatOf(path, options);
  if (format === undefined) throw new Error(`${path} is no path`);
  return format.read(path, options);
}

async function lookAt(path: string): Promise<Place> {
  const info = await stat(path).catch((error) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw fileError(path, error);
    const problem = "is neither a known dataset nor an existing path";
    const remedy = `use one of ${DATASET_NAMES.join(", ")}, or the path of a dataset`;
    throw new PixscaleError(path || '""', problem, remedy, { cause: error });
  });
  if (!info.isDirectory()) return { path, isFolder: false, names: [], folders: [] };
  const { names, folders } = await folderEntries(path);
  return { path, isFolder: true, names, folders };
}

function listed(items: readonly string[]): string {
  return `${items.slice(0, -1).join(", ")} or ${items[items.length - 1]}`;
}

function maxLabel({ labels }: Split): number {
  let largest = 0;
  for (const label of labels) largest = Math.max(largest, label);
  return largest;
}
