import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { builtFile } from "../../built.ts";
import { DamagedImage } from "../../data/images/damage.ts";
import type { ImageKind } from "../../data/images/image-decoder.ts";
import type { ImageFile } from "../../data/images/image-files.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { oneLine, PixscaleError } from "../../errors.ts";
import { fromSent } from "../../sent-error.ts";
import type { ImageSample } from "../sample/sample-images.ts";
import type { CountOrder, CountReply, CountResult, Skipped } from "./count-images.ts";
import { SplitTally, type TallyKind } from "./split-tally.ts";

const PROGRAM = fileURLToPath(builtFile("statistics/folder/count-images.js"));

/**
 * One thread decodes while the main thread counts; more would only take turns. The MALLOC settings make glibc keep the memory
 * of images: otherwise it is returned to the system and mapped again for the next image, which takes as long as decoding.
 */
const ENVIRONMENT = {
  UV_THREADPOOL_SIZE: "1",
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 30),
};

interface Waiting {
  resolve(result: CountResult): void;
  reject(error: Error): void;
}

/** A child process that decodes images and counts their pixels. It ends with this process or with `close`. */
export class CountingProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #sent = 0;
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
      const problem = `a decoding process failed (${oneLine(cause.code ?? cause.message)})`;
      this.#failAll(new PixscaleError("images", problem, "close other programs and try again", { cause }));
    });
    this.#process.on("exit", (status, signal) => {
      const problem = `a decoding process ended with ${signal ?? `status ${status}`}`;
      this.#failAll(new PixscaleError("images", problem, "check whether memory ran out, and try again"));
    });
  }

  /** Runs `imageKind` in the process. */
  async look(file: ImageFile, reading: ImageOptions): Promise<ImageKind | DamagedImage> {
    const { found, skipped } = await this.#send({ kind: "look", file, reading });
    return found ?? new DamagedImage(file.path, skipped?.[0].reason ?? "");
  }

  /** Sets the kind that the following images are decoded to, and starts a tally. */
  async begin(kind: TallyKind, reading: ImageOptions): Promise<void> {
    await this.#send({ kind: "begin", tally: kind, reading });
  }

  /**
   * Counts the pixels of images.
   *
   * @returns the images that cannot be decoded
   * @throws PixscaleError as `ImageDecoder.decode` does, or if the process has ended
   */
  async count(files: readonly ImageFile[]): Promise<readonly Skipped[]> {
    return (await this.#send({ kind: "count", files })).skipped ?? [];
  }

  /**
   * Sums up the pixels of each image.
   *
   * @returns for each file, the sums or the damage
   * @throws as `count` does
   */
  async sum(files: readonly ImageFile[]): Promise<readonly (ImageSample | Skipped)[]> {
    return (await this.#send({ kind: "sum", files })).sums ?? [];
  }

  /** Returns the counts since the last call, and starts a new tally. */
  async takeTally(kind: TallyKind): Promise<SplitTally> {
    const { tally } = await this.#send({ kind: "tally" });
    const read = SplitTally.fromJSON(tally, kind);
    if (read === undefined) throw new Error("a counting process sent damaged counts");
    return read;
  }

  close(): void {
    this.#process.kill();
  }

  #send(order: CountOrder): Promise<CountResult> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      const id = this.#sent++;
      this.#waiting.set(id, { resolve, reject });
      // A failure to send needs no handling: the process has ended, which rejects the promise.
      this.#process.send({ id, order }, () => {});
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

/** Starts so many processes, and closes them at the end of the work. */
export async function withProcesses<Result>(
  count: number,
  work: (processes: readonly [CountingProcess, ...CountingProcess[]]) => Promise<Result>,
): Promise<Result> {
  const first = new CountingProcess();
  const others: CountingProcess[] = [];
  try {
    while (others.length + 1 < count) others.push(new CountingProcess());
    return await work([first, ...others]);
  } finally {
    for (const process of [first, ...others]) process.close();
  }
}
