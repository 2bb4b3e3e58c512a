import { Worker } from "node:worker_threads";
import { builtFile } from "../../built.ts";
import { oneLine, PixscaleError } from "../../errors.ts";
import { isReadError } from "../../files/read.ts";
import { fromSent } from "../../sent-error.ts";
import { DamagedImage } from "./damage.ts";
import type { DecodeOrder, DecodeReply } from "./decoding-thread.ts";
import type { DecodedImage } from "./image-decoder.ts";
import { type ImageFile, imageBytes } from "./image-files.ts";
import type { ImageOptions } from "./image-options.ts";

interface Waiting {
  resolve(found: DecodedImage | DamagedImage): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Threads that decode images. Files are read here, so that an archive's list is in memory once. They run until `close`. */
export class DecodingThreads {
  readonly #threads: readonly Thread[];
  #sent = 0;
  #end: Error | undefined;

  constructor(options: ImageOptions, count: number) {
    this.#threads = Array.from({ length: count }, () => {
      const worker = new Worker(builtFile("data/images/decoding-thread.js"), {
        workerData: options,
        execArgv: [],
      });
      const thread: Thread = { worker, waiting: new Map() };
      worker.on("message", (reply: DecodeReply) => settle(thread, reply));
      worker.on("error", (cause) => {
        const problem = `a decoding thread failed (${oneLine(cause.message)})`;
        this.#failAll(new PixscaleError("images", problem, "close other programs and try again", { cause }));
      });
      return thread;
    });
  }

  /**
   * @returns the pixels, or the damage
   * @throws PixscaleError as `ImageDecoder.decode` does, or if a thread has failed
   */
  async decode(file: ImageFile): Promise<DecodedImage | DamagedImage> {
    let content: Uint8Array;
    try {
      content = await imageBytes(file);
    } catch (error) {
      if (isReadError(error)) throw error;
      return DamagedImage.because(file.path, error);
    }
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      const id = this.#sent++;
      const [first, ...others] = this.#threads;
      const thread = others.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a), first);
      thread.waiting.set(id, { resolve, reject });
      // A copy, as the content may be a part of a larger buffer, all of which would be sent.
      const own = new Uint8Array(content);
      const order: DecodeOrder = { id, path: file.path, content: own };
      thread.worker.postMessage(order, [own.buffer]);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #failAll(error: Error): void {
    this.#end ??= error;
    for (const { waiting } of this.#threads) {
      for (const { reject } of waiting.values()) reject(this.#end);
      waiting.clear();
    }
  }
}

function settle({ waiting }: Thread, reply: DecodeReply): void {
  const image = waiting.get(reply.id);
  waiting.delete(reply.id);
  if ("error" in reply) image?.reject(fromSent(reply.error));
  else if ("damage" in reply) image?.resolve(new DamagedImage(reply.damage.path, reply.damage.reason));
  else image?.resolve(reply.image);
}
