import type { ImageCounter } from "./counter.ts";

/** Images counted at a time. */
export const CHUNK = 8;

/** Has all counters work on images, a few at a time, until there are no more. */
export async function spread<Image>(
  counters: readonly ImageCounter[],
  images: AsyncIterable<Image>,
  work: (counter: ImageCounter, chunk: readonly Image[]) => Promise<void>,
): Promise<void> {
  const chunks = inChunks(images);
  const lanes = counters.flatMap((counter) => new Array<ImageCounter>(counter.callsAtOnce).fill(counter));
  await Promise.all(
    lanes.map(async (counter) => {
      for await (const chunk of chunks) await work(counter, chunk);
    }),
  );
}

async function* inChunks<Image>(images: AsyncIterable<Image>): AsyncGenerator<Image[]> {
  let chunk: Image[] = [];
  for await (const image of images) {
    chunk.push(image);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
