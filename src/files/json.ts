import { constants } from "node:buffer";
import { PixscaleError } from "../errors.ts";
import { readAll, readBytesSync, withFile } from "./read.ts";

/** A document as pixscale writes it to files: indented, with a final newline. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Reads a JSON file.
 *
 * @throws PixscaleError if it cannot be read or is not JSON
 */
export function readJson(path: string): Promise<unknown> {
  return withFile(path, async (file) => {
    if (file.size > constants.MAX_STRING_LENGTH) {
      throw new PixscaleError(path, "too large for a JSON file", "check the path");
    }
    return parseJson(await readAll(file), path);
  });
}

/** The same, synchronously, for code that no signal handler may interrupt. */
export function readJsonSync(path: string): unknown {
  return parseJson(readBytesSync(path), path);
}

/** No document of pixscale or Keras nests deeper; code that goes through one must not run out of stack. */
const DEEPEST = 200;

/** @throws PixscaleError if brackets nest too deep */
function requireFlat(bytes: Uint8Array, path: string): void {
  const [quote, backslash] = [0x22, 0x5c];
  let depth = 0;
  let isText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isText) {
      if (byte === backslash) i++;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth <= DEEPEST) continue;
      throw new PixscaleError(
        path,
        `nests more than ${DEEPEST} levels deep`,
        "restore the file or delete it",
      );
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
}

/**
 * Parses the content of a JSON file.
 *
 * @param path the file, for the error
 * @throws PixscaleError if it is not JSON
 */
export function parseJson(bytes: Uint8Array, path: string): unknown {
  requireFlat(bytes, path);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PixscaleError(path, "not valid JSON", "restore the file or delete it", { cause });
  }
}
