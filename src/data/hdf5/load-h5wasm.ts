import type { File as H5File } from "h5wasm/node";
import { oneLine, PixscaleError } from "../../errors.ts";

type Library = typeof import("h5wasm/node");

/** The library, and the functions of HDF5 itself. */
export interface H5wasm {
  readonly library: Library;
  readonly module: Awaited<Library["ready"]>;
}

/** Set once the library has stopped itself on a damaged file: then it may wait forever. */
let isStopped = false;

/**
 * h5wasm is HDF5's own library in WebAssembly, so it reads every layout and type that h5py writes without a native download.
 *
 * @throws PixscaleError if it is not installed, or has stopped
 */
export async function loadH5wasm(): Promise<H5wasm> {
  if (isStopped) {
    throw new PixscaleError("h5wasm", "has stopped at a damaged HDF5 file", "start the program again");
  }
  try {
    const library = await import("h5wasm/node");
    const module = await library.ready;
    // Errors are thrown, instead of printed on stderr.
    module.activate_throwing_error_handler();
    return { library, module };
  } catch (cause) {
    const remedy = "run npm install h5wasm, or convert the arrays to an .npz file";
    throw new PixscaleError("h5wasm", "cannot be loaded to read HDF5", remedy, { cause });
  }
}

/** Opens a file, which `closeHdf5` must close. @throws PixscaleError if it is no HDF5 file */
export function openHdf5({ library }: H5wasm, path: string): H5File {
  try {
    const file = new library.File(path, "r");
    if (file.file_id > 0n) return file;
    throw new Error("it cannot be opened");
  } catch (cause) {
    throw damagedHdf5(path, cause);
  }
}

export function closeHdf5(file: H5File): void {
  try {
    if (!isStopped) file.close();
  } catch {
    // All that could be read was read; what is damaged was said while reading.
  }
}

/** What the library threw, as an error that names the file. */
export function damagedHdf5(path: string, cause: unknown): PixscaleError {
  if (cause instanceof PixscaleError) return cause;
  if (cause instanceof WebAssembly.RuntimeError) isStopped = true;
  const text = cause instanceof Error ? cause.message : String(cause);
  // Of the library's stack of errors, the innermost says why: "… in H5F__super_read(): file signature not found".
  const reason = [...text.matchAll(/\(\): ([^\n]+)/g)].at(-1)?.[1] ?? text;
  const problem = `not a readable HDF5 file (${oneLine(reason)})`;
  return new PixscaleError(path, problem, "save or download it again", { cause });
}
