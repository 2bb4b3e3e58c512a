import type { EpochResult } from "../../training/train.ts";
import { type Chart, PALETTE } from "./draw-chart.ts";

const SIZE = { width: 440, height: 170 };

/** Loss and accuracy of a run, epoch by epoch, on the training images and on validation images if there are any. */
export function runChart(epochs: readonly EpochResult[]): Chart {
  const last = epochs[epochs.length - 1];
  const values = epochs.flatMap(({ epoch, loss, accuracy, validation }) => [
    { epoch, images: "training", loss, accuracy: 100 * accuracy },
    ...(validation
      ? [{ epoch, images: "validation", loss: validation.loss, accuracy: 100 * validation.accuracy }]
      : []),
  ]);
  const part = (field: "loss" | "accuracy", title: string) =>
    ({
      ...SIZE,
      data: { values },
      mark: { type: "line", point: true },
      encoding: {
        x: {
          field: "epoch",
          type: "quantitative",
          axis: { tickMinStep: 1, format: "d" },
          scale: { zero: false },
        },
        y: { field, type: "quantitative", title, scale: { zero: false } },
        color: {
          field: "images",
          type: "nominal",
          scale: { domain: ["training", "validation"], range: PALETTE },
          ...(last.validation === undefined && { legend: null }),
        },
      },
    }) as const;
  return {
    name: "run",
    alternative: `Loss and accuracy by epoch; after epoch ${last.epoch} the training loss is ${last.loss.toFixed(4)}, the accuracy ${(100 * last.accuracy).toFixed(2)} %.`,
    spec: { padding: 4, vconcat: [part("loss", "loss"), part("accuracy", "accuracy, %")] },
  };
}
