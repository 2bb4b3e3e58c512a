import { defaultThreads } from "../../threads.ts";
import type { DamagedImage } from "./damage.ts";
import { DecodingThreads } from "./decoding-threads.ts";
import type { DecodedImage, ImageDecoder } from "./image-decoder.ts";
import type { ImageFile, ImageFiles } from "./image-files.ts";

/** Images in flight per thread: enough that none waits for the main thread. */
const IMAGES_PER_THREAD = 4;
/** Fewer images are decoded before threads have started. */
const IMAGES_FOR_THREADS = 200;

/** An image, or its damage. */
export interface Decoded {
  readonly file: ImageFile;
  readonly found: DecodedImage | DamagedImage;
}

/**
 * Decodes images, many of them on all cores, and yields them in their order, with a few of them in memory.
 *
 * @throws PixscaleError as `ImageDecoder.decode` does
 */
export async function* decodeInOrder(decoder: ImageDecoder, files: ImageFiles): AsyncGenerator<Decoded> {
  const count = defaultThreads();
  if (files.count < IMAGES_FOR_THREADS || count === 1) {
    yield* inOrder(decoder, files, IMAGES_PER_THREAD);
    return;
  }
  const threads = new DecodingThreads(decoder.options, count);
  try {
    yield* inOrder(threads, files, IMAGES_PER_THREAD * count);
  } finally {
    await threads.close();
  }
}

async function* inOrder(
  decoder: Pick<ImageDecoder, "decode">,
  files: ImageFiles,
  limit: number,
): AsyncGenerator<Decoded> {
  const ahead: { readonly file: ImageFile; readonly found: Promise<DecodedImage | DamagedImage> }[] = [];
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
