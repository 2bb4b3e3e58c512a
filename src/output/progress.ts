import { SingleBar } from "cli-progress";
import type { EpochResult, RunObserver } from "../training/train.ts";
import { BAR_STYLE, MOST_BAR } from "./bar-style.ts";
import { duration } from "./format.ts";

const BAR_FORMAT = "{title} [{bar}] {value}/{total}  loss {loss}  accuracy {accuracy}{validation}{left}";
const LEAST_BAR = 4;
/** What a line has beside its bar, title and steps: `  loss 0.1234  accuracy 0.1234  123 min 45 s left` and ` [] `. */
const OTHER_COLUMNS = 54;
const VALIDATION_COLUMNS = "  validation 0.1234".length;
/** Before so long the time left is a guess. */
const LEAST_ELAPSED = 1000;

/** Shows the progress of a run until `stop`; without it a bar would keep the process alive. */
export type RunProgress = RunObserver & { stop(): void };

/** Progress of one run in the style of Keras: one bar per epoch on a terminal, else one line per epoch. */
export function runProgress(stream: NodeJS.WriteStream, epochs: number): RunProgress {
  return stream.isTTY ? barProgress(stream, epochs) : lineProgress(stream, epochs);
}

function barProgress(stream: NodeJS.WriteStream, epochs: number): RunProgress {
  let bar: SingleBar | undefined;
  let started: number | undefined;
  let validated = "";
  return {
    onStep({ epoch, step, steps, milliseconds, loss, accuracy }) {
      const now = performance.now();
      started ??= now - milliseconds;
      const done = (epoch - 1) * steps + step;
      const fields = {
        loss: lossText(loss),
        accuracy: accuracy.toFixed(4),
        left: leftText(now - started, done, epochs * steps),
      };
      if (bar === undefined) {
        const room = roomForBar(stream, epochs, steps);
        const validation = room >= LEAST_BAR + VALIDATION_COLUMNS ? validated : "";
        const barsize = Math.max(LEAST_BAR, Math.min(MOST_BAR, room - validation.length));
        bar = new SingleBar({ stream, format: BAR_FORMAT, barsize, ...BAR_STYLE });
        bar.start(steps, step, { title: title(epoch, epochs), validation, ...fields });
      } else {
        bar.update(step, fields);
      }
    },
    onEpoch({ steps, validation: held }) {
      // Shown while the next epoch runs.
      if (held !== undefined) validated = `  validation ${held.accuracy.toFixed(4)}`;
      bar?.update(steps);
      bar?.stop();
      bar = undefined;
    },
    stop: () => bar?.stop(),
  };
}

/** Columns that the bar may have, so that the line fits into the terminal; 80 columns if it does not say. */
function roomForBar({ columns }: NodeJS.WriteStream, epochs: number, steps: number): number {
  return (columns || 80) - OTHER_COLUMNS - title(epochs, epochs).length - `${steps}/${steps}`.length;
}

/** The time that the rest of the whole run takes at the pace so far; nothing as long as that is a guess. */
export function leftText(elapsed: number, done: number, total: number): string {
  if (elapsed < LEAST_ELAPSED || done >= total) return "";
  return `  ${duration((elapsed / done) * (total - done))} left`;
}

/** Four decimals as long as that is short. */
function lossText(loss: number): string {
  return loss < 10 ? loss.toFixed(4) : loss.toPrecision(5);
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
