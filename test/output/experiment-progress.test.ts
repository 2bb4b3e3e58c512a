import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { plannedRuns } from "../../src/experiment/plan.ts";
import { type ExperimentProgress, experimentProgress } from "../../src/output/experiment-progress.ts";
import { firstImages, madeRuns, smallPlan } from "../experiment/support.ts";
import { recorder } from "./recorder.ts";

const plan = smallPlan({ seed: [0, 1] });
const runs = plannedRuns(plan);
const documents = [...madeRuns(plan, () => firstImages(20)).values()];

// The bar is drawn anew ten times a second.
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The first run is finished already, the second continues after its first epoch, another process trains the last. */
function play(progress: ExperimentProgress): void {
  progress.onOpen?.("folder");
  progress.onRuns?.(runs, new Set([runs[0].id]));
  progress.onStart?.(runs[1], 1);
  progress.onStart?.(runs[2], 0);
  vi.advanceTimersByTime(1000);
  progress.onProgress?.(runs[1], 1.5);
  vi.advanceTimersByTime(1000);
  progress.onFinish?.(runs[1], documents[1]);
  progress.onWait?.();
  progress.onWait?.();
  progress.stop();
}

it("the progress of an experiment is one line per run without a terminal", () => {
  const { stream, text } = recorder(false);
  play(experimentProgress(stream, ({ id }) => id.split(".")[0]));
  expect(text()).toBe(
    [
      "saving runs to folder",
      "1 of 4 runs are already finished",
      "center continues after epoch 1 of 2",
      "2/4 center: test accuracy 98.00 %, 200 ms",
      "waiting for runs of other processes",
      "",
    ].join("\n"),
  );
});

it("the progress of an experiment is one bar on a terminal", () => {
  const { stream, text } = recorder(true);
  play(experimentProgress(stream, ({ id }) => id.split(".")[0]));
  expect(text()).toContain("1/4 runs  center: 2/2  normalize: 1/2");
  // Half an epoch in a second, and four and a half to go.
  expect(text()).toContain("9.0 s left");
  expect(text()).toContain("2/4 runs  waiting for other processes");
  expect(text()).toMatch(/\[={12}\.{12}\] 2\/4 runs/);
});

it("the progress of an experiment has no bar if nothing is left to do", () => {
  const { stream, text } = recorder(true);
  const progress = experimentProgress(stream, ({ id }) => id);
  progress.onOpen?.("folder");
  progress.onRuns?.(runs, new Set(runs.map(({ id }) => id)));
  progress.stop();
  expect(text()).not.toContain("[=");
});
