import { SHARE_ENV, Worker } from "node:worker_threads";
import { builtFile } from "../built.ts";
import { fromSent, type SentError } from "../sent-error.ts";
import type { Checkpoint } from "../training/train.ts";
import type { FinishedRun } from "./finished-run.ts";
import type { RunMessage, RunOrder, WorkerSetup } from "./run-worker.ts";

/** Follows a run in a thread. */
export interface RunEvents {
  onStep(progress: { epoch: number; step: number; steps: number }): void;
  onCheckpoint(checkpoint: Checkpoint): void;
  /** What users should know of the fitted scaling. */
  onCautions(texts: readonly string[]): void;
}

/** A thread that trains one run at a time. It ends with the process. */
export class RunThread {
  readonly #worker: Worker;

  constructor(setup: WorkerSetup) {
    this.#worker = new Worker(builtFile("experiment/run-worker.js"), {
      workerData: setup,
      execArgv: [],
      // TensorFlow's native part reads variables that the thread sets in the process's environment.
      env: SHARE_ENV,
    });
  }

  /**
   * Trains one run.
   *
   * @param name of the run, for errors
   * @throws what `train` and the callbacks throw
   */
  run(name: string, order: RunOrder, events: RunEvents): Promise<FinishedRun> {
    return new Promise<FinishedRun>((resolve, reject) => {
      const onMessage = (message: RunMessage) => {
        try {
          if (message.kind === "step") events.onStep(message);
          else if (message.kind === "epoch") events.onCheckpoint(message.checkpoint);
          else if (message.kind === "cautions") events.onCautions(message.texts);
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

/** An error in training names the run. */
function toError(name: string, { known: found, ...rest }: SentError): Error {
  const known = found?.subject === "training" ? { ...found, subject: name } : found;
  return fromSent({ ...rest, known });
}
