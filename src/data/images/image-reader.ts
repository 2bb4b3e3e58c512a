import { readIntoSync } from "../../files/read.ts";
import { type ImageFile, imageBytes } from "./image-files.ts";

/** Milliseconds in which a file comes if the system has it in memory. */
const SLOW = 5;

/** An image file, and its content or the promise of it, which may fail as `imageBytes` does. */
export interface ReadImage {
  readonly file: ImageFile;
  readonly content: Uint8Array | Promise<Uint8Array>;
}

/** Reads image files one after the other: a content stays until the next is asked for. */
export class ImageReader {
  /** Where contents are read to. */
  #room: Uint8Array = new Uint8Array();

  /**
   * Reads each file when it is asked for: a promise would take ten times as long as a file that the system has in memory. After one that
   * comes slowly, as from a disk or a network, the rest are read together.
   */
  *read(files: readonly ImageFile[]): Generator<ReadImage> {
    let isSlow = false;
    let next = 0;
    while (next < files.length && !isSlow) {
      const file = files[next];
      const start = performance.now();
      const content = this.#readNow(file);
      isSlow = performance.now() - start > SLOW;
      if (content === undefined) break;
      next++;
      yield { file, content };
    }
    const rest = files.slice(next).map((file) => ({ file, content: imageBytes(file) }));
    // One may fail while an earlier one is awaited; this marks its rejection as handled.
    void Promise.allSettled(rest.map(({ content }) => content));
    yield* rest;
  }

  /** Undefined if the file cannot be read in this way; `imageBytes` finds another, or says why. */
  #readNow({ path, content }: ImageFile): Uint8Array | undefined {
    if (content !== undefined) return content;
    try {
      const bytes = readIntoSync(path, this.#room);
      if (bytes.length > this.#room.length) this.#room = bytes;
      return bytes;
    } catch {
      return undefined;
    }
  }
}
