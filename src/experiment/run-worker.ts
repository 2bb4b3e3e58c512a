import { parentPort, workerData } from "node:worker_threads";
import type { Dataset } from "../data/dataset.ts";
import { cautionsAfterFit } from "../scaling/cautions.ts";
import { Scaler } from "../scaling/scaler.ts";
import type { ScalerJson } from "../scaling/scaler-json.ts";
import { type SentError, toSent } from "../sent-error.ts";
import type { RunOrigin } from "../training/run-document.ts";
import type { TrainSettings } from "../training/settings.ts";
import { type Checkpoint, DivergedError, type InitialModel, train } from "../training/train.ts";
import { divergedRun, type FinishedRun, trainedRun } from "./finished-run.ts";

/** The thread of a `RunThread`: trains the runs it receives, one after the other. */

/** The data that all runs of a thread share. The dataset's arrays lie in shared memory. */
export interface WorkerSetup {
  readonly dataset: Dataset;
  readonly origin: RunOrigin;
  readonly initial: InitialModel | undefined;
}

export interface RunOrder {
  readonly id: string;
  readonly settings: TrainSettings;
  readonly scaler: ScalerJson;
  readonly resume: Checkpoint | undefined;
}

/** The messages of a thread about its current run. */
export type RunMessage =
  | { readonly kind: "step"; readonly epoch: number; readonly step: number; readonly steps: number }
  | { readonly kind: "epoch"; readonly checkpoint: Checkpoint }
  | { readonly kind: "cautions"; readonly texts: readonly string[] }
  | { readonly kind: "finished"; readonly document: FinishedRun }
  | { readonly kind: "failed"; readonly error: SentError };

const STEP_EVERY = 250;

const { dataset, origin, initial } = workerData as WorkerSetup;
const send = (message: RunMessage) => parentPort?.postMessage(message);
parentPort?.on("message", (order: RunOrder) => {
  run(order).catch((error: unknown) => {
    // A run that diverges is a result.
    if (!(error instanceof DivergedError)) send({ kind: "failed", error: toSent(error) });
    else send({ kind: "finished", document: divergedRun(order.id, error.problem) });
  });
});

async function run({ id, settings, scaler, resume }: RunOrder): Promise<void> {
  let lastStep = performance.now();
  const result = await train(dataset, settings, {
    initial,
    scaler: Scaler.fromJSON(scaler, "scaler"),
    resume,
    learningCurve: true,
    observer: {
      onScaler: (scaler) => send({ kind: "cautions", texts: cautionsAfterFit(scaler) }),
      onStep({ epoch, step, steps }) {
        if (performance.now() - lastStep < STEP_EVERY) return;
        lastStep = performance.now();
        send({ kind: "step", epoch, step, steps });
      },
      onEpoch: ({ epoch }, checkpoint) => {
        // After the last epoch the finished run is written instead.
        if (epoch < settings.epochs) send({ kind: "epoch", checkpoint: checkpoint() });
      },
    },
  });
  const document = trainedRun(id, origin, result, dataset.test.labels);
  send({ kind: "finished", document });
}
