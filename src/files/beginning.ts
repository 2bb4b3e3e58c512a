import { PixscaleError } from "../errors.ts";
import { readStart, withFile } from "./read.ts";

/** Bytes that tell formats apart. */
const BEGINNING_BYTES = 64;

/** What is often in a file instead of data, by how it begins. */
const STAND_INS: readonly (readonly [RegExp, problem: string, remedy: string])[] = [
  [
    /^version https:\/\/git-lfs/,
    "a Git LFS pointer, not the file itself",
    "fetch the real file with git lfs pull",
  ],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page, not data", "download the file itself"],
];

/**
 * The first bytes of a file of data.
 *
 * @throws PixscaleError if there is no such file, or what stands in for it is a web page or a Git LFS pointer
 */
export async function readBeginning(path: string): Promise<Uint8Array> {
  const start = await withFile(path, (file) => readStart(file, BEGINNING_BYTES));
  const text = Buffer.from(start).toString("latin1");
  const found = STAND_INS.find(([begin]) => begin.test(text));
  if (found === undefined) return start;
  throw new PixscaleError(path, found[1], found[2]);
}
