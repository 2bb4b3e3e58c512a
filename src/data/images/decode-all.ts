import { availableParallelism } from "node:os";
import type { ReadObserver } from "../format.ts";
import type { DecodedImage } from "./decode.ts";
import { DamagedImage, type ImageDecoder, type ImageKind, requireShape } from "./image-decoder.ts";

/** Images in flight per core: enough that no decoding thread waits for the main thread. */
const IMAGES_PER_CORE = 4;

/**
 * Decodes images on all cores and passes each to `take` with its index, in any order. Damaged images are skipped and reported.
 *
 * @param observer its `onImages` counts skipped images too
 * @returns the indices of the skipped images, ascending
 * @throws PixscaleError as `ImageDecoder.decode` does; if the size differs from that of the kind
 */
export async function decodeAll(
  decoder: ImageDecoder,
  kind: ImageKind,
  paths: readonly string[],
  observer: ReadObserver,
  take: (index: number, image: DecodedImage) => void,
): Promise<number[]> {
  const skipped: number[] = [];
  const decode = async (path: string) => {
    const found = await decoder.decode(path);
    if (!(found instanceof DamagedImage)) requireShape(found, kind, path);
    return found;
  };
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < paths.length) {
      const index = next++;
      const found = await decode(paths[index]).catch((error) => {
        // Stops the others too.
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
