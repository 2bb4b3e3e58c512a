import type { Dataset as H5Dataset } from "h5wasm/node";
import { oneLine, PixscaleError } from "../../errors.ts";
import { closeHdf5, damagedHdf5, type H5wasm, loadH5wasm, openHdf5 } from "./load-h5wasm.ts";

/** Bytes that are read at a time. */
const SLAB_BYTES = 4 << 20;
/** A chunk is decompressed at once, so up to this size it is read at once. */
const MAX_CHUNK_BYTES = 64 << 20;
/** Larger filter numbers are plugins, such as h5py's LZF (32000). */
const LAST_BUILT_IN_FILTER = 6;

/**
 * The bytes of a dataset, some rows at a time, little-endian and in C order. Each call opens the file again, so none stays open.
 *
 * @throws PixscaleError if they are damaged, or compressed in a way that the library does not know
 */
export async function* readBytesOf(path: string, name: string): AsyncGenerator<Uint8Array> {
  const h5wasm = await loadH5wasm();
  const file = openHdf5(h5wasm, path);
  try {
    const dataset = file.get(name) as H5Dataset;
    requireFilters(`${path}/${name}`, unknownFilter(dataset));
    const [count] = dataset.shape ?? [0];
    const rows = rowsAtOnce(dataset);
    for (let first = 0; first < count; first += rows) {
      yield readRows(h5wasm, dataset, first, Math.min(rows, count - first));
    }
  } catch (cause) {
    throw damagedHdf5(path, cause);
  } finally {
    closeHdf5(file);
  }
}

function rowsAtOnce({ metadata: { shape, size, chunks } }: H5Dataset): number {
  const rowBytes = (shape ?? []).slice(1).reduce((product, each) => product * each, size);
  const rows = Math.max(1, Math.floor(SLAB_BYTES / Math.max(1, rowBytes)));
  const chunkRows = chunks?.[0] ?? 1;
  if (chunkRows <= rows) return rows - (rows % chunkRows);
  return chunkRows * rowBytes <= MAX_CHUNK_BYTES ? chunkRows : rows;
}

/** The library's own `slice` does not return half precision. */
function readRows({ module }: H5wasm, dataset: H5Dataset, first: number, rows: number): Uint8Array {
  const { shape, size } = dataset.metadata;
  const counts = (shape ?? []).map((length, i) => (i === 0 ? rows : length));
  const starts = counts.map((_, i) => BigInt(i === 0 ? first : 0));
  const steps = counts.map(() => 1n);
  const bytes = counts.reduce((product, each) => product * each, size);
  // A damaged file may promise any size.
  if (bytes > module.MAXIMUM_MEMORY) throw new Error(`a row of ${bytes} bytes`);
  const at = module._malloc(bytes);
  if (at === 0) throw new Error(`${bytes} bytes do not fit into memory`);
  try {
    module.get_dataset_data(dataset.file_id, dataset.path, counts.map(BigInt), starts, steps, BigInt(at));
    return module.HEAPU8.slice(at, at + bytes);
  } finally {
    module._free(at);
  }
}

/** The compression of a dataset that the library does not know, if any. */
export function unknownFilter({ filters }: H5Dataset): string | undefined {
  const unknown = filters.find(({ id }) => id > LAST_BUILT_IN_FILTER);
  return unknown && (oneLine(unknown.name) || `filter ${unknown.id}`);
}

/** @throws PixscaleError if there is an unknown filter */
export function requireFilters(subject: string, name: string | undefined): void {
  if (name === undefined) return;
  throw new PixscaleError(
    subject,
    `compressed with ${name}, which is not part of HDF5`,
    'save it with compression="gzip", or convert it with h5repack -f GZIP=4',
  );
}
