import { oneLine, PixscaleError } from "../errors.ts";

/** Turns an error of zlib into one that names `path`; returns any other error unchanged. */
export function gzipError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))) return error;
  const problem = error.code === "Z_BUF_ERROR" ? "truncated gzip data" : "damaged gzip data";
  return new PixscaleError(path, `${problem} (${oneLine(error.message)})`, "download the file again", {
    cause: error,
  });
}
