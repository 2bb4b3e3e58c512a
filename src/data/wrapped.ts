import { join } from "node:path";
import { PixscaleError } from "../errors.ts";
import { folderEntries } from "../files/folder-entries.ts";
import type { Place, ReadObserver } from "./format.ts";

/** Folders that archives of known datasets unpack to. */
const UNPACKED = ["cifar-10-batches-py", "cifar-100-python", "cifar-10-batches-bin", "stl10_binary"];

/**
 * The folder of this name in a place, or the place itself if it has none.
 *
 * @throws PixscaleError if the place holds other known datasets too
 */
export async function unwrapFolder(place: Place, name: string, observer: ReadObserver = {}): Promise<Place> {
  if (!place.folders.includes(name)) return place;
  const others = UNPACKED.filter((other) => other !== name && place.folders.includes(other));
  const path = join(place.path, name);
  if (others.length > 0) {
    const problem = `several datasets: ${[name, ...others].join(", ")}`;
    throw new PixscaleError(place.path, problem, `choose one of them, such as ${path}`);
  }
  observer.onNote?.(`reading ${path}`);
  return { isFolder: true, ...(await folderEntries(path)) };
}
