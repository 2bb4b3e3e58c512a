import { SingleBar } from "cli-progress";
import type { EpochResult, RunObserver } from "../training/train.ts";

const BAR_FORMAT = "{title} [{bar}] {value}/{total}  {pace}  loss: {loss}  accuracy: {accuracy}{validation}";
const BAR_STYLE = { barCompleteChar: "=", barIncompleteChar: ".", barsize: 24 };

/** Shows the progress of a run until `stop`; without it a bar would keep the process alive. */
export type RunProgress = RunObserver & { stop(): void };

/** Progress of one run in the style of Keras: one bar per epoch on a terminal, else one line per epoch. */
export function runProgress(stream: NodeJS.WriteStream, epochs: number): RunProgress {
  return stream.isTTY ? barProgress(stream, epochs) : lineProgress(stream, epochs);
}

/** Shows the progress of reading images. */
export interface ImageProgress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar with images per second; undefined unless the stream is a terminal. */
export function imageProgress(stream: NodeJS.WriteStream): ImageProgress | undefined {
  if (!stream.isTTY) return undefined;
  const format = "Images [{bar}] {value}/{total}  {rate} images/s";
  const bar = new SingleBar({ stream, format, hideCursor: true, ...BAR_STYLE });
  let started: number | undefined;
  let stopped = false;
  return {
    update(done, total) {
      // Late images after a failure.
      if (stopped) return;
      if (started === undefined) {
        started = performance.now();
        bar.start(total, 0, { rate: "-" });
      }
      bar.update(done, { rate: ((done * 1000) / (performance.now() - started)).toFixed(0) });
      if (done < total) return;
      bar.stop();
      // The next split starts a new bar.
      started = undefined;
    },
    stop() {
      stopped = true;
      bar.stop();
    },
  };
}

function barProgress(stream: NodeJS.WriteStream, epochs: number): RunProgress {
  let bar: SingleBar | undefined;
  return {
    onStep({ epoch, step, steps, milliseconds, loss, accuracy }) {
      const fields = { pace: pace(milliseconds, step), loss: loss.toFixed(4), accuracy: accuracy.toFixed(4) };
      if (bar === undefined) {
        bar = new SingleBar({ stream, format: BAR_FORMAT, hideCursor: true, ...BAR_STYLE });
        bar.start(steps, step, { title: title(epoch, epochs), validation: "", ...fields });
      } else {
        bar.update(step, fields);
      }
    },
    onEpoch(result) {
      bar?.update(result.steps, { validation: validation(result) });
      bar?.stop();
      bar = undefined;
    },
    stop: () => bar?.stop(),
  };
}

function lineProgress(stream: NodeJS.WriteStream, epochs: number): RunProgress {
  return {
    onEpoch(result) {
      const { epoch, steps, milliseconds, loss, accuracy } = result;
      const figures = `loss: ${loss.toFixed(4)}  accuracy: ${accuracy.toFixed(4)}${validation(result)}`;
      stream.write(`${title(epoch, epochs)}  ${steps}/${steps}  ${pace(milliseconds, steps)}  ${figures}\n`);
    },
    stop() {},
  };
}

function title(epoch: number, epochs: number): string {
  return `Epoch ${epoch}/${epochs}`;
}

function pace(milliseconds: number, steps: number): string {
  return `${(milliseconds / 1000).toFixed(0)}s ${(milliseconds / steps).toFixed(1)}ms/step`;
}

function validation({ validation: held }: EpochResult): string {
  return held === undefined
    ? ""
    : `  val_loss: ${held.loss.toFixed(4)}  val_accuracy: ${held.accuracy.toFixed(4)}`;
}
