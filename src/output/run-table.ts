import { formatScaling } from "../scaling/parse.ts";
import type { TrainSettings } from "../training/settings.ts";
import type { EpochResult, RunResult } from "../training/train.ts";
import { duration, percent, thousands } from "./format.ts";
import { table } from "./table.ts";
import { terminalWidth } from "./terminal-width.ts";
import { wrapWords } from "./wrap-words.ts";

/** One run: its settings, each epoch, and the result on the test split. */
export function runText(data: string, settings: TrainSettings, result: RunResult): string {
  const { scaling, batchSize, seed, backend, threads } = settings;
  const images = [
    `${thousands(result.trained)} to train`,
    ...(result.validated > 0 ? [`${thousands(result.validated)} to validate`] : []),
    `${thousands(result.test.count)} to test`,
  ].join(", ");
  const line = (text: string) => wrapWords(text, terminalWidth());
  return [
    line(`${data}, scaled with ${formatScaling(scaling)}: ${images}`),
    line(
      `${thousands(result.parameters)} parameters, batches of ${batchSize}, seed ${seed}, backend ${backend}, threads ${threads}`,
    ),
    epochTable(result.epochs),
    `test accuracy ${percent(result.test.accuracy)}, loss ${result.test.loss.toFixed(4)}, ${totalTime(result.epochs)} of training`,
    `weights ${result.fingerprint.slice(0, 12)}`,
  ].join("\n");
}

function epochTable(epochs: readonly EpochResult[]): string {
  const validated = epochs.some(({ validation }) => validation !== undefined);
  const validationHead = validated ? ["val loss", "val accuracy"] : [];
  const head = ["epoch", "loss", "accuracy", ...validationHead, "ms/step", "time"];
  const rows = epochs.map(({ epoch, loss, accuracy, validation, milliseconds, steps }) => [
    String(epoch),
    loss.toFixed(4),
    percent(accuracy),
    ...(validation ? [validation.loss.toFixed(4), percent(validation.accuracy)] : []),
    (milliseconds / steps).toFixed(1),
    duration(milliseconds),
  ]);
  return table(head, rows, { textColumns: 0, giveWay: ["ms/step", "time", "val loss"] });
}

function totalTime(epochs: readonly EpochResult[]): string {
  return duration(epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
}
