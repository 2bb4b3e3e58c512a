import { basename, dirname, join } from "node:path";
import { oneLine, PixscaleError } from "../../errors.ts";
import { type FolderEntries, folderEntries } from "../../files/folder-entries.ts";
import type { DataOptions, Format, Place, ReadOption } from "../format.ts";
import { type ClassedSplit, toImageSet } from "../images/classed-splits.ts";
import type { ImageFile, ImageSet } from "../images/image-files.ts";
import { PIXEL_OPTIONS } from "../images/image-options.ts";
import { openImages } from "../images/open-images.ts";
import { type FolderSplit, splitOf, splitOfFile } from "../images/split-names.ts";
import { holdsParquet, isParquet } from "./holds-parquet.ts";
import { type ImageColumns, imageColumns } from "./image-columns.ts";
import { openParquet, type ParquetFile } from "./parquet-file.ts";
import { readClasses } from "./parquet-labels.ts";

/** Hugging Face keeps files in a folder, or in one for each split below it. */
const MAX_DEPTH = 3;

const OPTIONS = [
  ...PIXEL_OPTIONS,
  "imageColumn",
  "labelColumn",
  "testSplit",
  "splitSeed",
  "strict",
] as const satisfies readonly ReadOption[];

/** Parquet files with encoded images, as Hugging Face's datasets. */
const common = {
  name: "parquet",
  options: OPTIONS,
  findImages,
  open: async (place: Place, options: DataOptions) =>
    openImages(await findImages(place, options), place.path, options),
} as const;

export const PARQUET_FORMATS: readonly Format[] = [
  {
    ...common,
    description: "a .parquet file with a column of images",
    isFolder: false,
    recognizes: ({ path }) => isParquet(path),
  },
  {
    ...common,
    description: "a folder of .parquet files such as train-00000-of-00001.parquet",
    isFolder: true,
    recognizes: async (place) => holdsParquet(place, MAX_DEPTH),
  },
];

/** The paths of the Parquet files in a folder. */
async function filesWithin(folder: FolderEntries, depth = 0): Promise<string[]> {
  const files = folder.files.filter((name) => isParquet(name)).map((name) => join(folder.path, name));
  // A folder beside them is none of theirs.
  if (files.length > 0 || depth === MAX_DEPTH) return files;
  for (const name of folder.folders) {
    files.push(...(await filesWithin(await folderEntries(join(folder.path, name)), depth + 1)));
  }
  return files;
}

async function findImages(place: Place, options: DataOptions): Promise<ImageSet> {
  const { path } = place;
  const paths = place.isFolder ? await filesWithin(place) : [path];
  if (paths.length === 0)
    throw new PixscaleError(path, "no .parquet files", "add them, or choose another folder");
  // A file that is opened alone is trained on, whatever its name says.
  const { named, ignored } = place.isFolder
    ? bySplit(paths, path)
    : { named: new Map([["train" as const, paths]]), ignored: [] };
  const train = await openSplit("train", named);
  if (train === undefined) {
    const problem = `no training images among ${paths.map((each) => basename(each)).join(", ")}`;
    throw new PixscaleError(path, problem, "name one of the files");
  }
  const columns = imageColumns(train[0], options);
  const splits: ClassedSplit[] = [];
  for (const name of ["train", "validation", "test"] as const) {
    const files = name === "train" ? train : await openSplit(name, named);
    if (files === undefined) continue;
    for (const file of files) requireColumns(file, columns, train[0]);
    splits.push({
      name,
      count: files.reduce((sum, { rows }) => sum + rows, 0),
      classes: await readClasses(files, columns),
      images: (labelOf) => rowsOf(files, columns, labelOf),
    });
  }
  const { label, note } = columns;
  const set = toImageSet(splits, label?.classNames, `column ${label?.name}`, path, options);
  return {
    ...set,
    notes: note === undefined ? set.notes : [...set.notes, note],
    leftOut: [...set.leftOut, ...ignored],
  };
}

/** The files of each split, and what is left out. */
interface NamedFiles {
  readonly named: ReadonlyMap<FolderSplit, readonly string[]>;
  readonly ignored: readonly string[];
}

/** @throws PixscaleError if the files are of several datasets, or some of a split are missing */
function bySplit(paths: readonly string[], subject: string): NamedFiles {
  const splits = new Map<FolderSplit, string[]>();
  const others: string[] = [];
  for (const path of paths) {
    const split = splitOfFile(basename(path)) ?? splitOf(basename(dirname(path)));
    if (split === undefined) others.push(path);
    else splits.set(split, [...(splits.get(split) ?? []), path]);
  }
  // Files of no split are the training images, unless others are; SVHN has "extra" ones beside them.
  if (splits.size === 0) splits.set("train", others.splice(0));
  for (const [split, files] of splits) {
    const [first, other] = new Set(files.map((file) => dirname(file)));
    if (other !== undefined) {
      const problem = `both ${first} and ${other} have ${split} images`;
      throw new PixscaleError(subject, problem, "name one of the folders");
    }
    requireAllShards(files);
  }
  return { named: splits, ignored: others.map((each) => `${basename(each)} is of no split and ignored`) };
}

/** Names such as `train-00000-of-00004.parquet` say how many there are. */
function requireAllShards(files: readonly string[]): void {
  for (const file of files) {
    const [, stem, , total] = /^(.*)-(\d{5})-of-(\d{5})\.parquet$/i.exec(basename(file)) ?? [];
    if (stem === undefined) continue;
    for (let shard = 0; shard < Number(total); shard++) {
      const name = `${stem}-${String(shard).padStart(5, "0")}-of-${total}.parquet`;
      if (files.some((each) => basename(each) === name)) continue;
      throw new PixscaleError(
        dirname(file),
        `${name} is missing`,
        "download it, as the others are only a part",
      );
    }
  }
}

async function openSplit(
  split: FolderSplit,
  named: ReadonlyMap<FolderSplit, readonly string[]>,
): Promise<readonly ParquetFile[] | undefined> {
  const paths = named.get(split);
  return paths && Promise.all([...paths].sort().map(openParquet));
}

/** @throws PixscaleError if a file has other columns than the first */
function requireColumns(
  { path, columns }: ParquetFile,
  { image, label }: ImageColumns,
  first: ParquetFile,
): void {
  for (const wanted of [image, ...(label ? [label] : [])]) {
    if (columns.some(({ name, kind }) => name === wanted.name && kind === wanted.kind)) continue;
    const problem = `no column "${wanted.name}" like that of "${first.path}"`;
    throw new PixscaleError(path, problem, "use files of the same dataset");
  }
}

/** The images of some files, with those of one row group in memory. */
async function* rowsOf(
  files: readonly ParquetFile[],
  { image }: ImageColumns,
  labelOf: (place: number) => number,
): AsyncGenerator<ImageFile> {
  let place = 0;
  for (const file of files) {
    let first = 0;
    for (const rows of file.groups) {
      for (const [i, cell] of (await file.read(image.name, first, first + rows)).entries()) {
        yield {
          path: `${file.path}, row ${first + i + 1}`,
          label: labelOf(place++),
          content: bytesOfCell(cell, file.path, first + i + 1),
        };
      }
      first += rows;
    }
  }
}

/**
 * The encoded image of a cell; nothing if it is empty, which no decoder takes for an image.
 *
 * @throws PixscaleError if only the path of an image is there
 */
function bytesOfCell(cell: unknown, file: string, row: number): Uint8Array {
  if (cell instanceof Uint8Array) return cell;
  const { bytes, path } = (cell ?? {}) as { readonly bytes?: unknown; readonly path?: unknown };
  if (bytes instanceof Uint8Array) return bytes;
  if (typeof path !== "string" || path === "") return new Uint8Array(0);
  const problem = `row ${row} has no image, only the path of one ("${oneLine(path).slice(0, 60)}")`;
  throw new PixscaleError(file, problem, "save it again with the images embedded, as push_to_hub does");
}
