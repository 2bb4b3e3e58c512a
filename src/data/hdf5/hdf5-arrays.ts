import type { Dataset as H5Dataset, Group as H5Group } from "h5wasm/node";
import { oneLine, PixscaleError } from "../../errors.ts";
import { withFile } from "../../files/read.ts";
import { elementType } from "../arrays/element-type.ts";
import { elementCount, type NamedArray } from "../arrays/named-array.ts";

/** Bytes that are read at a time. */
const SLAB_BYTES = 4 << 20;
/** Groups within groups that are looked into. */
const MAX_DEPTH = 8;
/** Classes of HDF5's types (`H5T_class_t`); h5py writes booleans as an enumeration of bytes. */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const ENUMERATION = 8;

type H5wasm = typeof import("h5wasm/node");

/** Set once the library has stopped itself on a damaged file: then it may wait forever. */
let isStopped = false;

/**
 * h5wasm is HDF5's own library in WebAssembly, so it reads every layout and filter that h5py writes without a native download.
 *
 * @throws PixscaleError if it is not installed, or has stopped
 */
async function loadH5wasm(): Promise<H5wasm> {
  if (isStopped) {
    throw new PixscaleError("h5wasm", "has stopped at a damaged HDF5 file", "start the program again");
  }
  try {
    const h5wasm = await import("h5wasm/node");
    const module = await h5wasm.ready;
    // Errors are thrown, instead of printed on stderr.
    module.activate_throwing_error_handler();
    return h5wasm;
  } catch (cause) {
    const remedy = "run npm install h5wasm, or convert the arrays to an .npz file";
    throw new PixscaleError("h5wasm", "cannot be loaded to read HDF5", remedy, { cause });
  }
}

/**
 * The arrays of an HDF5 file, in groups too.
 *
 * @param prefix of their names
 * @param isMatlab whether MATLAB wrote it (version 7.3), which turns the order of dimensions around
 * @throws PixscaleError if it is no such file, or damaged
 */
export async function hdf5Arrays(path: string, prefix: string, isMatlab = false): Promise<NamedArray[]> {
  // Says what is wrong with a path that is no file.
  await withFile(path, async () => {});
  const h5wasm = await loadH5wasm();
  try {
    // The library keeps the file open until the process ends.
    const file = new h5wasm.File(path, "r");
    if (!(file.file_id > 0n)) throw new Error("it cannot be opened");
    const arrays: NamedArray[] = [];
    for (const { name, dataset } of datasetsIn(h5wasm, file, "", 0)) {
      const found = toArray(path, prefix, name, dataset, isMatlab);
      if (found !== undefined) arrays.push(found);
    }
    return arrays;
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function* datasetsIn(
  h5wasm: H5wasm,
  group: H5Group,
  within: string,
  depth: number,
): Generator<{ readonly name: string; readonly dataset: H5Dataset }> {
  for (const key of group.keys()) {
    const entity = group.get(key);
    const name = `${within}${key}`;
    if (entity instanceof h5wasm.Dataset) yield { name, dataset: entity };
    // MATLAB keeps what its cells refer to in #refs#.
    else if (entity instanceof h5wasm.Group && depth < MAX_DEPTH && !key.startsWith("#")) {
      yield* datasetsIn(h5wasm, entity, `${name}/`, depth + 1);
    }
  }
}

/** Undefined for a dataset without elements of its own, such as one of references. */
function toArray(
  path: string,
  prefix: string,
  name: string,
  dataset: H5Dataset,
  isMatlab: boolean,
): NamedArray | undefined {
  const { shape, metadata } = dataset;
  if (shape === null || shape.length === 0) return undefined;
  const place = { name: `${prefix}${name}`, subject: `${path}/${name}` };
  if (metadata.type === STRING) return textArray(path, place, dataset, shape);
  const letter = letterOf(metadata);
  const bits = 8 * metadata.size;
  const type = elementType(
    letter === undefined ? `HDF5 class ${metadata.type} of ${bits} bits` : `<${letter}${metadata.size}`,
  );
  const dims = isMatlab ? shape.toReversed() : shape;
  return {
    ...place,
    shape: dims,
    type,
    isFortran: isMatlab,
    read: () => readSlabs(path, dataset, shape, metadata.size),
  };
}

function letterOf({ type, size, signed }: H5Dataset["metadata"]): string | undefined {
  if (type === INTEGER) return signed ? "i" : "u";
  // The library does not read half precision.
  if (type === FLOAT) return size > 2 ? "f" : undefined;
  return type === ENUMERATION && size === 1 ? "b" : undefined;
}

async function* readSlabs(
  path: string,
  dataset: H5Dataset,
  shape: readonly number[],
  size: number,
): AsyncGenerator<Uint8Array> {
  const rowBytes = shape.slice(1).reduce((product, each) => product * each, size);
  const rows = Math.max(1, Math.floor(SLAB_BYTES / Math.max(1, rowBytes)));
  for (let first = 0; first < shape[0]; first += rows) {
    const last = Math.min(shape[0], first + rows);
    const others = shape.slice(1).map((length): [number, number] => [0, length]);
    let slab: unknown;
    try {
      slab = dataset.slice([[first, last], ...others]);
    } catch (cause) {
      throw damaged(path, cause);
    }
    if (ArrayBuffer.isView(slab)) yield new Uint8Array(slab.buffer, slab.byteOffset, slab.byteLength);
    // h5py's booleans.
    else if (Array.isArray(slab)) yield Uint8Array.from(slab, Number);
    else throw damaged(path, new Error("its elements cannot be read"));
  }
}

/** Texts, of one length or of any, as bytes of one length. */
function textArray(
  path: string,
  place: Pick<NamedArray, "name" | "subject">,
  dataset: H5Dataset,
  shape: readonly number[],
): NamedArray {
  // Labels and class names are few; pixels are no texts.
  const length =
    elementCount({ shape }) > 2 ** 24
      ? 1
      : textsOf(path, dataset).reduce((most, text) => Math.max(most, text.length), 1);
  return {
    ...place,
    shape,
    type: elementType(`|S${length}`),
    isFortran: false,
    async *read() {
      for (const text of textsOf(path, dataset))
        yield new Uint8Array(Buffer.concat([text, Buffer.alloc(length - text.length)]));
    },
  };
}

function textsOf(path: string, dataset: H5Dataset): Buffer[] {
  try {
    return [dataset.value].flat().map((text) => Buffer.from(String(text)));
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): PixscaleError {
  if (cause instanceof PixscaleError) return cause;
  if (cause instanceof WebAssembly.RuntimeError) isStopped = true;
  const text = cause instanceof Error ? cause.message : String(cause);
  // Of the library's stack of errors, the innermost says why: "… in H5F__super_read(): file signature not found".
  const reason = [...text.matchAll(/\(\): ([^\n]+)/g)].at(-1)?.[1] ?? text;
  const problem = `not a readable HDF5 file (${oneLine(reason)})`;
  return new PixscaleError(path, problem, "save or download it again", { cause });
}
