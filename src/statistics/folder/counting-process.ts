import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { builtFile } from "../../built.ts";
import type { ImageOptions } from "../../data/format.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import type { ImageFile } from "../../data/images/image-files.ts";
import { PixscaleError } from "../../errors.ts";
import { fromSent } from "../../sent-error.ts";
import type { Answer, CountOrder, CountReply, Skipped } from "./count-images.ts";
import { SplitTally, type TallyKind } from "./split-tally.ts";

const PROGRAM = fileURLToPath(builtFile("statistics/folder/count-images.js"));

/**
 * One thread decodes while the main one counts: more would only take turns. glibc is told to keep the memory of images, whichever
 * thread frees it; else it goes back to the system and is mapped anew for the next image, which takes as long as decoding.
 */
const ENVIRONMENT = {
  UV_THREADPOOL_SIZE: "1",
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 30),
};

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** A process that decodes images and counts their pixels. It ends with this one, or with `close`. */
export class CountingProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #end: Error | undefined;

  constructor() {
    this.#process = fork(PROGRAM, {
      env: { ...process.env, ...ENVIRONMENT },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#process.on("message", (message) => this.#settle(message as CountReply));
    this.#process.on("error", (cause: NodeJS.ErrnoException) => {
      const problem = `a process that decodes images fails (${cause.code ?? cause.message})`;
      this.#failAll(new PixscaleError("images", problem, "end other processes, and try again", { cause }));
    });
    this.#process.on("exit", (status, signal) => {
      const problem = `a process that decodes images ended with ${signal ?? `status ${status}`}`;
      this.#failAll(new PixscaleError("images", problem, "see whether memory ran out, and try again"));
    });
  }

  /** `imageKind`, in that process. */
  async look(path: string, reading: ImageOptions): Promise<ImageKind | undefined> {
    return (await this.#ask({ kind: "look", path, reading })).found;
  }

  /** Says what the images to come are made to be. */
  async begin(kind: TallyKind, reading: ImageOptions): Promise<void> {
    await this.#ask({ kind: "begin", tally: kind, reading });
  }

  /**
   * Counts the pixels of images.
   *
   * @returns those that cannot be decoded
   * @throws PixscaleError as `ImageDecoder.decode` does, or if the process has ended
   */
  async count(files: readonly ImageFile[]): Promise<readonly Skipped[]> {
    return (await this.#ask({ kind: "count", files })).skipped ?? [];
  }

  /** What was counted since the last call. */
  async takeTally(kind: TallyKind): Promise<SplitTally> {
    const { tally } = await this.#ask({ kind: "tally" });
    const read = SplitTally.fromJSON(tally, kind);
    if (read === undefined) throw new Error("a process that counts pixels answers with damaged counts");
    return read;
  }

  close(): void {
    this.#process.kill();
  }

  #ask(order: CountOrder): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      const id = this.#asked++;
      this.#waiting.set(id, { resolve, reject });
      // That it could not be sent is told by the process's end.
      this.#process.send({ id, order }, () => {});
    });
  }

  #settle({ id, answer, error }: CountReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(fromSent(error));
  }

  #failAll(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}
