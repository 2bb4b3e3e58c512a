import { constants } from "node:buffer";
import { readFileSync } from "node:fs";
import { PixscaleError } from "../errors.ts";
import { fileError, readAll, withFile } from "./read.ts";

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
  try {
    return parseJson(readFileSync(path), path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/**
 * Parses the content of a JSON file.
 *
 * @param path the file, for the error
 * @throws PixscaleError if it is not JSON
 */
export function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PixscaleError(path, "not valid JSON", "restore the file or delete it", { cause });
  }
}
