import { PixscaleError } from "../errors.ts";
import { sha256 } from "./hash.ts";

/** The version of documents in files, which carry a checksum; those of version 1 have none. */
const CHECKED_VERSION = 2;

/** A document for a file, with the SHA-256 of the rest of it as its last field. */
export function withChecksum(document: object): object {
  const versioned = { ...document, version: CHECKED_VERSION };
  // As it is after reading: fields that are undefined are gone.
  return { ...versioned, checksum: checksumOf(JSON.parse(JSON.stringify(versioned))) };
}

/**
 * Checks the checksum of a parsed document; white space does not count.
 *
 * @param path the file, for the error
 * @param remedy what to do about a damaged one
 * @returns the document as it was before `withChecksum`
 * @throws PixscaleError if it is damaged
 */
export function checkChecksum(json: unknown, path: string, remedy: string): unknown {
  if (typeof json !== "object" || json === null) return json;
  const { checksum, ...document } = json as { checksum?: unknown; version?: unknown };
  if (checksum === undefined && document.version !== CHECKED_VERSION) return json;
  if (checksum === checksumOf(document)) return { ...document, version: 1 };
  throw new PixscaleError(path, "damaged: its content does not have its checksum", remedy);
}

function checksumOf(document: object): string {
  return sha256(JSON.stringify(document));
}
