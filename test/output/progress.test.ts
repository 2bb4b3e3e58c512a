import { stripVTControlCharacters } from "node:util";
import { expect, it, vi } from "vitest";
import { imageProgress } from "../../src/output/image-progress.ts";
import { leftText, runProgress } from "../../src/output/progress.ts";
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

it("the progress of a run is one bar per epoch on a terminal, full at its end, with the last validation", () => {
  const { stream, text } = recorder(true);
  play(runProgress(stream, 2), { loss: 1.5, accuracy: 0.25 });
  const full = (epoch: number) =>
    `Epoch ${epoch}/2 [========================] 3/3  loss 0.5123  accuracy 0.8765`;
  expect(text()).toContain(full(1));
  expect(text()).toContain(`${full(2)}  validation 0.2500`);
  expect(text()).toContain("Epoch 1/2 [========................] 1/3");
});

it("a finished bar vanishes: its line is cleared, and no other begun", async () => {
  const run = recorder(true);
  play(runProgress(run.stream, 2));
  const reading = recorder(true);
  (await imageProgress(reading.stream))?.update(2, 2);
  for (const [text, word] of [
    [run.text(), "Epoch 2/2"],
    [reading.text(), "Images"],
  ]) {
    expect(text.lastIndexOf("\x1b[2K")).toBeGreaterThan(text.lastIndexOf(word));
    expect(text).toContain(word);
    expect(text).not.toContain("\n");
  }
});

it.each([
  [80, 100, 938],
  [80, 5, 938],
  [100, 1000, 12345],
])("a bar fits into %i columns with %i epochs of %i steps, loss, accuracy and time left", (columns, epochs, steps) => {
  const { stream, text } = recorder(true);
  Object.assign(stream, { columns });
  const { onStep, onEpoch } = runProgress(stream, epochs);
  const now = vi.spyOn(performance, "now");
  try {
    now.mockReturnValue(1e6);
    const step = steps / 2;
    onStep?.({ epoch: epochs - 1, step, steps, milliseconds: 6e6, ...metrics });
    onEpoch?.(
      { epoch: epochs - 1, steps, milliseconds: 6e6, validation: metrics, test: undefined, ...metrics },
      () => expect.fail(),
    );
    onStep?.({ epoch: epochs, step, steps, milliseconds: 1, ...metrics });
  } finally {
    now.mockRestore();
  }
  const lines = text().split("\x1b[1G").map(stripVTControlCharacters);
  const last = lines.filter((line) => line.includes("Epoch")).at(-1) ?? "";
  expect(last).toMatch(/loss 0\.5123 {2}accuracy 0\.8765.* left/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
});

it("the time left is that of the whole run at the pace so far, once a second has passed", () => {
  // 30 of 100 steps took 60 s: 2 s each, and 70 are left.
  expect(leftText(60_000, 30, 100)).toBe("  2 min 20 s left");
  expect(leftText(900, 1, 100)).toBe("");
  expect(leftText(60_000, 100, 100)).toBe("");
});

it("the progress of reading shows images per second for each split on a terminal, and nothing elsewhere", async () => {
  expect(await imageProgress(recorder(false).stream)).toBeUndefined();
  const { stream, text } = recorder(true);
  const progress = await imageProgress(stream);
  for (const done of [1, 2]) progress?.update(done, 2);
  for (const done of [8, 16, 20]) progress?.update(done, 20);
  progress?.stop();
  expect(text()).toMatch(/Images \[=+\] 2\/2 {2}\d+ images\/s/);
  expect(text()).toMatch(/Images \[=+\] 20\/20 {2}\d+ images\/s/);
  expect(text()).toContain("Images [........................] 0/20  - images/s");
});

it("the progress of reading ignores images that arrive after its end", async () => {
  const { stream, text } = recorder(true);
  const progress = await imageProgress(stream);
  progress?.stop();
  progress?.update(1, 9);
  expect(text()).toBe("");
});
