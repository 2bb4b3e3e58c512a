import { availableParallelism } from "node:os";
import type { DamagedImage } from "./damage.ts";
import type { DecodedImage, ImageDecoder } from "./image-decoder.ts";
import type { ImageFile, ImageFiles } from "./image-files.ts";

/** Images in flight per core: enough that no decoding thread waits for the main thread. */
const IMAGES_PER_CORE = 4;

/** An image, or its damage. */
export interface Decoded {
  readonly file: ImageFile;
  readonly found: DecodedImage | DamagedImage;
}

/**
 * Decodes images on all cores and yields them in their order, with a few of them in memory.
 *
 * @throws PixscaleError as `ImageDecoder.decode` does
 */
export async function* decodeInOrder(decoder: ImageDecoder, files: ImageFiles): AsyncGenerator<Decoded> {
  const ahead: { readonly file: ImageFile; readonly found: Promise<DecodedImage | DamagedImage> }[] = [];
  const limit = IMAGES_PER_CORE * availableParallelism();
  const next = async (): Promise<Decoded> => {
    const { file, found } = ahead.shift() as (typeof ahead)[number];
    return { file, found: await found };
  };
  for await (const file of files) {
    const found = decoder.decode(file);
    // An image may fail while an earlier one is awaited; this marks its rejection as handled.
    found.catch(() => {});
    ahead.push({ file, found });
    if (ahead.length >= limit) yield await next();
  }
  while (ahead.length > 0) yield await next();
}
