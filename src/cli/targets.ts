import { existsSync, readdirSync, statSync } from "node:fs";
import { extname } from "node:path";
import { DATASET_NAMES } from "../data/named/names.ts";
import { PixscaleError, UsageError } from "../errors.ts";
import { isWithin, realPath } from "../files/real-path.ts";
import { checkWritableFile } from "../files/write.ts";

/** Checks of what a command will write, before it works for hours. */

/** Files that no reader of data takes for some of them. */
const NO_DATA = [".json", ".svg", ".html", ".md"];

/**
 * Checks that a file can be written, and would neither overwrite nor join the data that are read.
 *
 * @throws PixscaleError naming the file
 */
export function checkTarget(path: string, data: readonly string[]): void {
  checkWritableFile(path);
  const target = statSync(path, { throwIfNoEntry: false });
  for (const place of placesOf(data)) {
    const read = statSync(place, { throwIfNoEntry: false });
    if (target !== undefined && read?.dev === target.dev && read.ino === target.ino) {
      throw new PixscaleError(path, "would overwrite the input", "choose another file");
    }
    if (!NO_DATA.includes(extname(path).toLowerCase())) requireOutside(path, [place]);
  }
}

/**
 * Checks that a folder will hold only what is written into it.
 *
 * @throws PixscaleError if it is among the data, or not empty
 */
export function checkTargetFolder(path: string, data: readonly string[]): void {
  requireOutside(path, data);
  if (!existsSync(path) || !statSync(path).isDirectory() || readdirSync(path).length === 0) return;
  throw new PixscaleError(path, "this folder is not empty", "choose a new one");
}

/** @throws PixscaleError if a path lies in a folder of data, whose next reading would find it */
export function requireOutside(path: string, data: readonly string[]): void {
  for (const place of placesOf(data)) {
    if (!existsSync(place) || !statSync(place).isDirectory() || !isWithin(place, path)) continue;
    throw new PixscaleError(path, `lies in ${place}, among the data that are read`, "choose another place");
  }
}

/** @param files by flag; undefined and true for a flag without a file. @throws UsageError if two are the same */
export function requireDifferent(files: Readonly<Record<string, string | boolean | undefined>>): void {
  const seen = new Map<string, string>();
  for (const [flag, path] of Object.entries(files)) {
    if (typeof path !== "string") continue;
    const other = seen.get(realPath(path));
    if (other !== undefined) {
      throw new UsageError(flag, `${other} writes to the same file, ${path}`, "choose another file");
    }
    seen.set(realPath(path), flag);
  }
}

function placesOf(data: readonly string[]): string[] {
  return data.filter((each) => !DATASET_NAMES.includes(each));
}
