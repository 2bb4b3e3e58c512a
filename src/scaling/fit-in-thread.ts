import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { builtFile } from "../built.ts";
import type { ImageSplit } from "../data/dataset.ts";
import { shareSplit } from "../data/shared-memory.ts";
import { fromSent } from "../sent-error.ts";
import type { Axis } from "../statistics/axis.ts";
import { fitSteps } from "./fit.ts";
import type { FitReply, FitWork } from "./fit-thread.ts";
import { type FittedStep, isAffine, isFeaturewise, type ScalingStep } from "./steps/step-kinds.ts";

/**
 * `fitSteps` without blocking this thread, which could not receive a signal meanwhile: steps that may take long are fitted in a
 * thread of their own. The results have the same bits.
 *
 * @throws what `fitSteps` throws
 */
export async function fitInThread(
  steps: readonly ScalingStep[],
  train: ImageSplit,
  axis: Axis,
  threads: number,
): Promise<FittedStep[]> {
  if (steps.every((step) => isAffine(step) || !isFeaturewise(step))) {
    return fitSteps(steps, train, axis, threads);
  }
  const work: FitWork = { steps, train: shareSplit(train), axis, threads };
  const worker = new Worker(builtFile("scaling/fit-thread.js"), { workerData: work, execArgv: [] });
  try {
    const [reply] = (await once(worker, "message")) as [FitReply];
    if ("error" in reply) throw fromSent(reply.error);
    return reply.fitted;
  } finally {
    await worker.terminate();
  }
}
