import { parentPort, workerData } from "node:worker_threads";
import type { ImageSplit } from "../data/dataset.ts";
import { type SentError, toSent } from "../sent-error.ts";
import type { Axis } from "../statistics/axis.ts";
import { fitSteps } from "./fit.ts";
import type { FittedStep, ScalingStep } from "./steps/step-kinds.ts";

/** The thread of `fitInThread`: fits the steps it is given, sends them, and ends. */

export interface FitWork {
  readonly steps: readonly ScalingStep[];
  readonly train: ImageSplit;
  readonly axis: Axis;
  readonly threads: number;
}

export type FitReply = { readonly fitted: FittedStep[] } | { readonly error: SentError };

const { steps, train, axis, threads } = workerData as FitWork;
parentPort?.postMessage(reply());

function reply(): FitReply {
  try {
    return { fitted: fitSteps(steps, train, axis, threads) };
  } catch (error) {
    return { error: toSent(error) };
  }
}
