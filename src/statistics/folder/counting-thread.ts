import { Worker } from "node:worker_threads";
import { builtFile } from "../../built.ts";
import type { ImageFile } from "../../data/images/image-files.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { oneLine, PixscaleError } from "../../errors.ts";
import { fromSent } from "../../sent-error.ts";
import type { ImageSample } from "../sample/sample-images.ts";
import type { ImageCounter, Skipped } from "./counter.ts";
import type { CountOrder, CountReply, CountResult } from "./counting-work.ts";
import { SplitTally, type TallyKind } from "./split-tally.ts";

interface Waiting {
  resolve(result: CountResult): void;
  reject(error: Error): void;
}

/** A thread that decodes images and counts their pixels. It ends with `close`. */
export class CountingThread implements ImageCounter {
  readonly callsAtOnce = 2;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #kind: TallyKind | undefined;
  #sent = 0;
  #end: Error | undefined;

  constructor() {
    // Threads must not inherit Node flags such as --input-type.
    this.#worker = new Worker(builtFile("statistics/folder/counting-work.js"), { execArgv: [] });
    this.#worker.on("message", (reply: CountReply) => this.#settle(reply));
    this.#worker.on("error", (cause) => {
      const problem = `a decoding thread failed (${oneLine(cause.message)})`;
      this.#failAll(new PixscaleError("images", problem, "close other programs and try again", { cause }));
    });
    this.#worker.on("exit", () => {
      this.#failAll(new PixscaleError("images", "a decoding thread ended", "try again"));
    });
  }

  /** Sets the kind that the following images are decoded to, and starts a tally. */
  async begin(kind: TallyKind, reading: ImageOptions): Promise<void> {
    this.#kind = kind;
    await this.#send({ kind: "begin", tally: kind, reading });
  }

  async count(files: readonly ImageFile[]): Promise<readonly Skipped[]> {
    return (await this.#send({ kind: "count", files })).skipped ?? [];
  }

  async sum(files: readonly ImageFile[]): Promise<readonly (ImageSample | Skipped)[]> {
    return (await this.#send({ kind: "sum", files })).sums ?? [];
  }

  async takeTally(): Promise<SplitTally> {
    const { tally } = await this.#send({ kind: "tally" });
    const read = this.#kind && SplitTally.fromJSON(tally, this.#kind);
    if (read === undefined) throw new Error("a counting thread sent damaged counts");
    return read;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(order: CountOrder): Promise<CountResult> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      const id = this.#sent++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, order });
    });
  }

  #settle({ id, result, error }: CountReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(fromSent(error));
  }

  #failAll(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}
