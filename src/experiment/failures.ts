import { commonestOf, type FinishedRun, isTrained, type TrainedRun } from "./finished-run.ts";
import { binomialTail, clopperPearson } from "./inference/proportion.ts";
import type { Interval } from "./inference/sample.ts";

/** Why a run did not train: its loss was not finite, or it is no better than guessing the commonest class. */
export type Failure = "diverged" | "not above the commonest class";

/** Accuracies that guessing the commonest class reaches by chance more often than this are no success. */
const CHANCE = 0.001;

/** How a run failed; undefined if it trained. */
export function failureOf(run: FinishedRun): Failure | undefined {
  if (!isTrained(run)) return "diverged";
  const commonest = commonestClass(run);
  const { test } = run.images;
  // With one class there is nothing to learn; without a confusion table nothing is known.
  if (commonest === undefined || commonest === test) return undefined;
  const chance = binomialTail(test - run.misclassified.length, test, commonest / test);
  return chance > CHANCE ? "not above the commonest class" : undefined;
}

/** The number of test images of the commonest class, which older runs do not say. */
function commonestClass({ test }: TrainedRun): number | undefined {
  return test.commonest ?? (test.confusion && commonestOf(test.confusion));
}

/** Runs of a variant that did not train. */
export interface Failures {
  readonly failed: number;
  readonly runs: number;
  /** 95 % interval of the rate (Clopper and Pearson). */
  readonly interval: Interval;
}

/** The rate of failed runs; null if none failed. */
export function failureRate(failed: number, runs: number): Failures | null {
  return failed === 0 ? null : { failed, runs, interval: clopperPearson(failed, runs) };
}

/** `fails: 2 of 5 runs did not train (5 … 85 %)` */
export function failureText({ failed, runs, interval: [low, high] }: Failures): string {
  const part = `${Math.round(low * 100)} … ${Math.round(high * 100)} %`;
  return `fails: ${failed} of ${runs} ${runs === 1 ? "run" : "runs"} did not train (${part})`;
}
