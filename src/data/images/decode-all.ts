import { availableParallelism } from "node:os";
import type { ReadObserver } from "../format.ts";
import { DamagedImage, type DamageReport } from "./damage.ts";
import type { DecodedImage, ImageDecoder } from "./image-decoder.ts";

/** Images in flight per core: enough that no decoding thread waits for the main thread. */
const IMAGES_PER_CORE = 4;

/**
 * Decodes images on all cores and passes each to `take` with its index, in any order. Damaged images are skipped and reported.
 *
 * @param observer its `onImages` counts skipped images too
 * @returns the indices of the skipped images, ascending
 * @throws PixscaleError as `ImageDecoder.decode` does
 */
export async function decodeAll(
  decoder: ImageDecoder,
  paths: readonly string[],
  damage: DamageReport,
  observer: ReadObserver,
  take: (index: number, image: DecodedImage) => void,
): Promise<number[]> {
  const skipped: number[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < paths.length) {
      const index = next++;
      const found = await decoder.decode(paths[index]).catch((error) => {
        // Stops the others too.
        next = paths.length;
        throw error;
      });
      if (found instanceof DamagedImage) {
        skipped.push(index);
        damage.add(found);
      } else {
        take(index, found);
      }
      observer.onImages?.(++done, paths.length);
    }
  };
  await Promise.all(Array.from({ length: IMAGES_PER_CORE * availableParallelism() }, work));
  return skipped.sort((a, b) => a - b);
}
