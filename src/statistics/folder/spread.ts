import type { CountingProcess } from "./counting-process.ts";

/** Images sent to a process at a time. */
export const CHUNK = 8;
/** Chunks that a process works on at once: while it counts one image, it decodes the next. */
const CHUNKS_AT_ONCE = 4;

/** Has all processes work on images, a few at a time, until there are no more. */
export async function spread<Image>(
  processes: readonly CountingProcess[],
  images: AsyncIterable<Image>,
  work: (process: CountingProcess, chunk: readonly Image[]) => Promise<void>,
): Promise<void> {
  const chunks = inChunks(images);
  const lanes = processes.flatMap((process) => new Array<CountingProcess>(CHUNKS_AT_ONCE).fill(process));
  await Promise.all(
    lanes.map(async (process) => {
      for await (const chunk of chunks) await work(process, chunk);
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
