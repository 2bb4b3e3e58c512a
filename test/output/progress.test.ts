import { expect, it } from "vitest";
import { imageProgress, runProgress } from "../../src/output/progress.ts";
import type { RunObserver } from "../../src/training/train.ts";
import { recorder } from "./recorder.ts";

const metrics = { loss: 0.51234, accuracy: 0.87654 };

function play({ onStep, onEpoch }: RunObserver, validation?: typeof metrics): void {
  for (const epoch of [1, 2]) {
    for (const step of [1, 2, 3]) onStep?.({ epoch, step, steps: 3, milliseconds: 20 * step, ...metrics });
    onEpoch?.({ epoch, steps: 3, milliseconds: 60, validation, test: undefined, ...metrics }, () =>
      expect.fail(),
    );
  }
}

it("the progress of a run is one line per epoch without a terminal", () => {
  const { stream, text } = recorder(false);
  play(runProgress(stream, 2));
  expect(text()).toBe(
    "Epoch 1/2  3/3  0s 20.0ms/step  loss: 0.5123  accuracy: 0.8765\n" +
      "Epoch 2/2  3/3  0s 20.0ms/step  loss: 0.5123  accuracy: 0.8765\n",
  );
});

it("the progress of a run shows validation at the end of an epoch", () => {
  const { stream, text } = recorder(false);
  play(runProgress(stream, 2), { loss: 1.5, accuracy: 0.25 });
  expect(text()).toContain("accuracy: 0.8765  val_loss: 1.5000  val_accuracy: 0.2500\nEpoch 2/2");
});

it("the progress of a run is one bar per epoch on a terminal, full at its end", () => {
  const { stream, text } = recorder(true);
  play(runProgress(stream, 2), { loss: 1.5, accuracy: 0.25 });
  for (const epoch of [1, 2]) {
    expect(text()).toContain(
      `Epoch ${epoch}/2 [========================] 3/3  0s 20.0ms/step  loss: 0.5123  accuracy: 0.8765  val_loss: 1.5000  val_accuracy: 0.2500`,
    );
  }
  expect(text()).toContain("Epoch 1/2 [========................] 1/3");
});

it("the progress of reading shows images per second for each split on a terminal, and nothing elsewhere", () => {
  expect(imageProgress(recorder(false).stream)).toBeUndefined();
  const { stream, text } = recorder(true);
  const progress = imageProgress(stream);
  for (const done of [1, 2]) progress?.update(done, 2);
  for (const done of [8, 16, 20]) progress?.update(done, 20);
  progress?.stop();
  expect(text()).toMatch(/Images \[=+\] 2\/2 {2}\d+ images\/s/);
  expect(text()).toMatch(/Images \[=+\] 20\/20 {2}\d+ images\/s/);
  expect(text()).toContain("Images [........................] 0/20  - images/s");
});

it("the progress of reading ignores images that arrive after its end", () => {
  const { stream, text } = recorder(true);
  const progress = imageProgress(stream);
  progress?.stop();
  progress?.update(1, 9);
  expect(text()).toBe("");
});
