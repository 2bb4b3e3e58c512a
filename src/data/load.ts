import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { PixscaleError, setting, UsageError } from "../errors.ts";
import { folderEntries } from "../files/folder-entries.ts";
import { fileError, requireFile } from "../files/read.ts";
import { suggest } from "../suggest.ts";
import { openSplits } from "./cache/open-splits.ts";
import { cifar10Format, cifar100Format } from "./cifar.ts";
import { cifar10PythonFormat, cifar100PythonFormat } from "./cifar-python.ts";
import { CSV_FORMATS } from "./csv/csv-formats.ts";
import { type Dataset, type ImageSplit, largestLabel, type Split, type Splits } from "./dataset.ts";
import {
  type DataOptions,
  FORMATS,
  type Format,
  type FormatName,
  type Place,
  type ReadOption,
} from "./format.ts";
import { HDF5_FORMATS, MAT_FORMATS } from "./hdf5/hdf5-formats.ts";
import { idxFormat } from "./idx/idx-folder.ts";
import type { ImageSet } from "./images/image-files.ts";
import { archiveFormat, imagesFormat } from "./images/image-folder.ts";
import { isImageName } from "./images/image-names.ts";
import { NAMED_DATASETS } from "./named/datasets.ts";
import { KNOWN_SETS, requireKnownSet } from "./named/known-sets.ts";
import { DATASET_NAMES, isDatasetName } from "./named/names.ts";
import { npyFormat, npzFolderFormat, npzFormat, numpyFolderFormat } from "./numpy/numpy-formats.ts";
import { PARQUET_FORMATS } from "./parquet/parquet-format.ts";
import { refuseKnown, refuseUrl } from "./refused.ts";
import { readSource } from "./source.ts";
import { stl10Format } from "./stl10.ts";
import { WEBDATASET_FORMATS } from "./webdataset/webdataset-format.ts";

/** In the order in which they are tried. Any folder with subfolders looks like a folder of images, so that comes last. */
const KNOWN_FORMATS: readonly Format[] = [
  idxFormat,
  npzFormat,
  npyFormat,
  numpyFolderFormat,
  npzFolderFormat,
  ...HDF5_FORMATS,
  ...MAT_FORMATS,
  cifar10Format,
  cifar100Format,
  cifar10PythonFormat,
  cifar100PythonFormat,
  stl10Format,
  ...CSV_FORMATS,
  ...PARQUET_FORMATS,
  ...WEBDATASET_FORMATS,
  archiveFormat,
  imagesFormat,
];

/** A dataset that was found but not read yet. */
export interface Source {
  /** As the caller wrote it: a known name or a path. */
  readonly name: string;
  /** Undefined for a known name. */
  readonly format: FormatName | undefined;
  /** As `Format.options`. */
  readonly options: readonly ReadOption[] | undefined;
  /** Finds the encoded images, if these are such: `measureImages` takes them. @throws as `Format.findImages` does */
  readonly findImages: ((options: DataOptions) => Promise<ImageSet>) | undefined;
  /**
   * Loads the dataset into memory; `options.format` is ignored.
   *
   * @throws PixscaleError if a file of it is missing or bad
   */
  load(options?: DataOptions): Promise<Dataset<Split>>;
  /**
   * The same, but data that do not fit into memory stay on disk, and images are decoded once; see `openSplits`.
   *
   * @throws PixscaleError as `load` does, or if the cache cannot be used
   */
  open(options?: DataOptions): Promise<Dataset>;
}

/**
 * Loads a dataset into memory.
 *
 * @param nameOrPath a known name (`mnist`, …), or a path in one of the known formats; a name wins over a folder of that name,
 *   which `./mnist` reaches
 * @throws PixscaleError if there is no such dataset, or a file of it is missing or bad
 */
export async function loadDataset(nameOrPath: string, options: DataOptions = {}): Promise<Dataset<Split>> {
  return (await inspect(nameOrPath, options)).load(options);
}

/**
 * Opens a dataset: in memory if it fits, else in the cache on disk, from which training and scaling read it in pieces. Decoded images
 * are kept there too, so that a second call starts at once.
 *
 * @param nameOrPath as `loadDataset` takes it
 * @throws PixscaleError as `loadDataset` does, or if the cache cannot be used
 */
export async function openDataset(nameOrPath: string, options: DataOptions = {}): Promise<Dataset> {
  return (await inspect(nameOrPath, options)).open(options);
}

/**
 * Finds a dataset and its format: the one in `options`, else the first that recognizes the path.
 *
 * @param nameOrPath as `loadDataset` takes it; with a format, always a path
 * @throws PixscaleError if there is no such dataset, or its format is unknown
 */
export async function inspect(
  nameOrPath: string,
  options: Pick<DataOptions, "format"> = {},
): Promise<Source> {
  const named = isDatasetName(nameOrPath) ? NAMED_DATASETS[nameOrPath] : undefined;
  if (named !== undefined && options.format === undefined) {
    const load = async () => toDataset(nameOrPath, await named());
    return {
      name: nameOrPath,
      format: undefined,
      options: undefined,
      findImages: undefined,
      load,
      open: load,
    };
  }
  const place = await lookAt(nameOrPath, named !== undefined);
  const format = options.format === undefined ? await detect(place) : requireFormat(place, options.format);
  const { findImages } = format;
  return {
    name: nameOrPath,
    format: format.name,
    options: format.options,
    findImages: findImages && ((readOptions) => findImages(place, readOptions)),
    load: async (readOptions = {}) =>
      toDataset(nameOrPath, await readSource(await format.open(place, readOptions))),
    open: async (readOptions = {}) =>
      toDataset(nameOrPath, await openSplits(nameOrPath, format, place, readOptions)),
  };
}

function toDataset<S extends ImageSplit>(name: string, splits: Splits<S>): Dataset<S> {
  const { train, test, classNames } = splits;
  const classes = classNames?.length ?? Math.max(largestLabel(train.labels), largestLabel(test.labels)) + 1;
  return { name, classes, ...splits };
}

/** @param isName whether it is also the name of a known dataset */
async function lookAt(path: string, isName: boolean): Promise<Place> {
  refuseUrl(path);
  const info = await stat(path).catch(async (cause) => {
    if (cause.code !== "ENOENT" && cause.code !== "ENOTDIR") throw fileError(path, cause);
    if (isName) {
      const remedy = `leave out ${setting("format")} to use the dataset known by this name`;
      throw new PixscaleError(path, "no such file or folder", remedy, { cause });
    }
    const set = KNOWN_SETS.find(({ name }) => name === path);
    if (set !== undefined) return requireKnownSet(set);
    const problem = `"${path}" is neither a known dataset nor an existing path`;
    const meant = suggest(path, [...DATASET_NAMES, ...KNOWN_SETS.map(({ name }) => name)]);
    const remedy = meant
      ? `did you mean ${meant}?`
      : `use ${DATASET_NAMES.join(", ")}, a path, or a name that pixscale datasets lists`;
    throw new PixscaleError("dataset", problem, remedy, { cause });
  });
  if (typeof info === "string") return lookAt(info, false);
  if (info.isDirectory()) return { isFolder: true, ...(await folderEntries(path)) };
  requireFile(path, info);
  return { isFolder: false, path, names: [], folders: [], files: [] };
}

async function detect(place: Place): Promise<Format> {
  for (const known of KNOWN_FORMATS) {
    if (known.isFolder === place.isFolder && (await known.recognizes(place))) return known;
  }
  if (!place.isFolder && isImageName(place.path)) {
    throw new PixscaleError(
      place.path,
      "one image, not a dataset",
      `name its folder, ${dirname(place.path)}`,
    );
  }
  refuseKnown(place.path, place.isFolder ? place.files : [basename(place.path)]);
  const folderProblem = place.names.length === 0 ? "an empty folder" : "no dataset in this folder";
  const problem = place.isFolder ? folderProblem : "a file in an unknown format";
  const known = [...new Set(KNOWN_FORMATS.map(({ description }) => description)), ...DATASET_NAMES];
  throw new PixscaleError(place.path, problem, `use ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`);
}

function requireFormat({ path, isFolder }: Place, name: FormatName): Format {
  const named = KNOWN_FORMATS.filter((known) => known.name === name);
  const format = named.find((known) => known.isFolder === isFolder) ?? named[0];
  if (format === undefined) {
    const problem = `must be one of ${FORMATS.join(", ")} (got "${name}")`;
    throw new UsageError(setting("format"), problem, "choose one of them, or leave it out");
  }
  if (format.isFolder === isFolder) return format;
  const problem = `a ${isFolder ? "folder" : "file"}, but the format "${name}" is ${format.description}`;
  throw new PixscaleError(path, problem, `choose another ${setting("format")}`);
}
