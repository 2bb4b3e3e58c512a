import type { Dataset as H5Dataset, Group as H5Group } from "h5wasm/node";
import { PixscaleError } from "../../errors.ts";
import { readBeginning } from "../../files/beginning.ts";
import { elementType } from "../arrays/element-type.ts";
import { elementCount, type NamedArray } from "../arrays/named-array.ts";
import { readBytesOf, requireFilters, unknownFilter } from "./hdf5-read.ts";
import { closeHdf5, damagedHdf5, type H5wasm, loadH5wasm, openHdf5 } from "./load-h5wasm.ts";
import { readTexts } from "./texts.ts";

/** Groups within groups that are looked into. */
const MAX_DEPTH = 8;
/** Objects that are looked at: hard links may form endless circles. */
const MAX_OBJECTS = 10_000;
/** Texts of variable length that are read to find the longest. */
const MAX_TEXTS = 2 ** 24;
/** Classes of HDF5's types (`H5T_class_t`). */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const ENUMERATION = 8;

/** Where a dataset is. */
interface Found {
  /** Without the first slash. */
  readonly name: string;
  readonly dataset: H5Dataset;
}

/**
 * The arrays of an HDF5 file, in groups too.
 *
 * @param prefix of their names
 * @param isMatlab whether MATLAB wrote it (version 7.3), which turns the order of dimensions around
 * @throws PixscaleError if it is no such file, or damaged
 */
export async function hdf5Arrays(path: string, prefix: string, isMatlab = false): Promise<NamedArray[]> {
  await readBeginning(path);
  const h5wasm = await loadH5wasm();
  const file = openHdf5(h5wasm, path);
  try {
    const arrays: NamedArray[] = [];
    for (const found of datasetsIn(h5wasm, path, file)) {
      const array = await toArray(path, prefix, found, isMatlab);
      if (array !== undefined) arrays.push(array);
    }
    return arrays;
  } catch (cause) {
    throw damagedHdf5(path, cause);
  } finally {
    closeHdf5(file);
  }
}

function* datasetsIn({ library }: H5wasm, path: string, file: H5Group): Generator<Found> {
  let left = MAX_OBJECTS;
  function* within(group: H5Group, place: string, depth: number): Generator<Found> {
    for (const key of group.keys()) {
      const name = `${place}${key}`;
      // A soft link leads to what has a name of its own. MATLAB keeps what its cells refer to in #refs#.
      if (key.startsWith("#") || group.get_link(`/${name}`) !== null) continue;
      if (left-- === 0) {
        const remedy = "save the images as one dataset, and the labels as another";
        throw new PixscaleError(path, `more than ${MAX_OBJECTS} groups and datasets`, remedy);
      }
      const entity = group.get(key);
      if (entity instanceof library.Dataset) yield { name, dataset: entity };
      else if (entity instanceof library.Group && depth < MAX_DEPTH)
        yield* within(entity, `${name}/`, depth + 1);
    }
  }
  yield* within(file, "", 0);
}

/** Undefined for a dataset without elements of its own, or with a single one. */
async function toArray(
  path: string,
  prefix: string,
  { name, dataset }: Found,
  isMatlab: boolean,
): Promise<NamedArray | undefined> {
  const { shape, metadata } = dataset;
  if (shape === null || shape.length === 0) return undefined;
  const place = { name: `${prefix}${name}`, subject: `${path}/${name}` };
  if (metadata.type === STRING && metadata.vlen) return textArray(path, name, place, dataset, shape);
  return {
    ...place,
    shape: isMatlab ? shape.toReversed() : shape,
    type: elementType(describeType(metadata)),
    isFortran: isMatlab,
    read: () => readBytesOf(path, name),
  };
}

/** The type as NumPy describes it, or in words if NumPy has none. */
function describeType({ type, size, signed, enum_type }: H5Dataset["metadata"]): string {
  if (type === STRING) return `|S${size}`;
  if (type === INTEGER) return `<${signed ? "i" : "u"}${size}`;
  if (type === FLOAT) return `<f${size}`;
  // h5py writes booleans as an enumeration.
  if (type === ENUMERATION && size === 1 && Object.keys(enum_type?.members ?? {}).join() === "FALSE,TRUE")
    return "|b1";
  // Its values are the numbers of the classes.
  if (type === ENUMERATION && enum_type?.type === INTEGER) return `<${signed ? "i" : "u"}${size}`;
  return `HDF5 class ${type} of ${8 * size} bits`;
}

/** Texts of any length, as bytes of one length. */
async function textArray(
  path: string,
  name: string,
  place: Pick<NamedArray, "name" | "subject">,
  dataset: H5Dataset,
  shape: readonly number[],
): Promise<NamedArray> {
  // Labels and class names are few; pixels are no texts.
  const filter = unknownFilter(dataset);
  const isReadable = elementCount({ shape }) <= MAX_TEXTS && filter === undefined;
  const texts = isReadable ? await readTexts(path, name) : [];
  const length = texts.reduce((most, text) => Math.max(most, text.length), 1);
  return {
    ...place,
    shape,
    type: elementType(`|S${length}`),
    isFortran: false,
    async *read() {
      requireFilters(place.subject, filter);
      for (const text of texts)
        yield new Uint8Array(Buffer.concat([text, Buffer.alloc(length - text.length)]));
    },
  };
}
