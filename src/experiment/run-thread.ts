import { SHARE_ENV, Worker } from "node:worker_threads";
import { builtFile } from "../built.ts";
import type { Dataset, Split } from "../data/dataset.ts";
import { fromSent, type SentError } from "../sent-error.ts";
import type { FinishedRun } from "../training/run-document.ts";
import type { Checkpoint } from "../training/train.ts";
import type { RunMessage, RunOrder, WorkerSetup } from "./run-worker.ts";

/** Told how a run in a thread goes on. */
export interface RunEvents {
  onStep(progress: { epoch: number; step: number; steps: number }): void;
  onCheckpoint(checkpoint: Checkpoint): void;
}

/** A thread that does runs, one at a time. It ends with the process. */
export class RunThread {
  readonly #worker: Worker;

  constructor(setup: WorkerSetup) {
    this.#worker = new Worker(builtFile("experiment/run-worker.js"), {
      workerData: setup,
      execArgv: [],
      // TensorFlow's native part reads what the thread sets in the process's environment.
      env: SHARE_ENV,
    });
  }

  /**
   * Does one run.
   *
   * @param name of the run, for errors
   * @throws what `train` throws, and what `events` throw, which stops the thread
   */
  run(name: string, order: RunOrder, events: RunEvents): Promise<FinishedRun> {
    return new Promise<FinishedRun>((resolve, reject) => {
      const onMessage = (message: RunMessage) => {
        try {
          if (message.kind === "step") events.onStep(message);
          else if (message.kind === "epoch") events.onCheckpoint(message.checkpoint);
          else if (message.kind === "failed") throw toError(name, message.error);
          else end(() => resolve(message.document));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const onError = (error: unknown) => end(() => reject(error));
      const onExit = () => end(() => reject(new Error(`the thread of ${name} has ended`)));
      const end = (settle: () => void) => {
        this.#worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        settle();
      };
      this.#worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      this.#worker.postMessage(order);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The dataset in memory that threads share instead of copying it. */
export function inSharedMemory(dataset: Dataset): Dataset {
  return { ...dataset, train: shareSplit(dataset.train), test: shareSplit(dataset.test) };
}

function shareSplit(split: Split): Split {
  const pixels =
    split.pixels instanceof Uint8Array
      ? new Uint8Array(new SharedArrayBuffer(split.pixels.byteLength))
      : new Float32Array(new SharedArrayBuffer(split.pixels.byteLength));
  pixels.set(split.pixels);
  const labels =
    split.labels instanceof Uint8Array
      ? new Uint8Array(new SharedArrayBuffer(split.labels.byteLength))
      : new Uint16Array(new SharedArrayBuffer(split.labels.byteLength));
  labels.set(split.labels);
  return { ...split, pixels, labels };
}

/** A failure in training is named after its run. */
function toError(name: string, { known: found, ...rest }: SentError): Error {
  const known = found?.subject === "training" ? { ...found, subject: name } : found;
  return fromSent({ ...rest, known });
}
