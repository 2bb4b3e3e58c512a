import { availableParallelism } from "node:os";
import type { ReadObserver } from "../format.ts";
import { DamagedImage, type ImageDecoder, type ImageValues } from "./image-decoder.ts";

/** Enough images under way that no thread waits for the main one. */
const IMAGES_PER_CORE = 4;

/**
 * Decodes images on all cores and hands each to `take` with its index, in any order. A damaged one is skipped and reported.
 *
 * @param observer its `onImages` counts those skipped too
 * @returns the indices of those skipped, ascending
 * @throws PixscaleError as `ImageDecoder.decode` does
 */
export async function decodeAll(
  decoder: ImageDecoder,
  paths: readonly string[],
  observer: ReadObserver,
  take: (index: number, values: ImageValues) => void,
): Promise<number[]> {
  const skipped: number[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < paths.length) {
      const index = next++;
      const found = await decoder.decode(paths[index]).catch((error) => {
        // The others stop too.
        next = paths.length;
        throw error;
      });
      if (found instanceof DamagedImage) {
        skipped.push(index);
        observer.onSkipped?.(found.path, found.reason);
      } else {
        take(index, found);
      }
      observer.onImages?.(++done, paths.length);
    }
  };
  await Promise.all(Array.from({ length: IMAGES_PER_CORE * availableParallelism() }, work));
  return skipped.sort((a, b) => a - b);
}
