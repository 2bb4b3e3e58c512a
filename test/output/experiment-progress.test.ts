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
  progress.onRuns?.(runs, new Map([[runs[0].id, documents[0]]]));
  progress.onStart?.(runs[1], 1);
  progress.onStart?.(runs[2], 0);
  vi.advanceTimersByTime(1000);
  progress.onProgress?.(runs[1], 1.5);
  vi.advanceTimersByTime(1000);
  progress.onFinish?.(runs[1], documents[1]);
  vi.advanceTimersByTime(1000);
  progress.onWait?.({ host: "elsewhere", pid: 7 });
  progress.onWait?.({ host: "elsewhere", pid: 7 });
  vi.advanceTimersByTime(1000);
  progress.stop();
}

it("the progress of an experiment is one line per run without a terminal", () => {
  const { stream, text } = recorder(false);
  play(experimentProgress(stream, plan));
  expect(text()).toBe(
    [
      "saving runs to folder",
      "1 of 4 runs were finished; 3 to go",
      "center, seed 0 continues after epoch 1 of 2",
      "2/4 center, seed 0: test accuracy 98.00 %, 200 ms",
      "waiting for the runs of process 7 on elsewhere",
      "",
    ].join("\n"),
  );
});

it("the progress of an experiment is live on a terminal", () => {
  const { stream, text } = recorder(true);
  play(experimentProgress(stream, plan));
  expect(text()).toContain("  normalize 1/2 runs  98.00 %  epoch 1/2");
  expect(text()).toContain("  center    0/2 runs  epoch 2/2");
  expect(text()).toContain("  center    1/2 runs  98.00 %");
  // Half an epoch in a second, and four and a half to go.
  expect(text()).toContain("9.0 s left [");
  expect(text()).toContain("2/4 runs, waiting for process 7 on elsewhere");
  expect(text()).toMatch(/\[={12}\.{12}\] 2\/4 runs/);
});

it("the progress of an experiment has no bar if nothing is left to do", () => {
  const { stream, text } = recorder(true);
  const progress = experimentProgress(stream, plan);
  progress.onOpen?.("folder");
  progress.onRuns?.(runs, new Map(runs.map(({ id }, i) => [id, documents[i]])));
  progress.stop();
  expect(text()).not.toContain("[=");
});
