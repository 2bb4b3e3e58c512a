import type { Comparison } from "../experiment/comparison.ts";

/** One row per run (RFC 4180), for spreadsheets and data frames. */
export function toCsv({ variants }: Comparison): string {
  const head = [
    ...["scaling", "learning_rate", "batch_size", "epochs", "backend", "seed"],
    ...["test_accuracy", "test_loss", "train_loss", "milliseconds", "fingerprint", "failure"],
  ];
  const rows = variants.flatMap(({ scaling, learningRate, batchSize, epochs, backend, runs }) =>
    runs.map((run) => [
      ...[scaling, learningRate, batchSize, epochs, backend, run.seed],
      ...[run.testAccuracy, run.testLoss, run.trainLoss, run.milliseconds, run.fingerprint, run.failure],
    ]),
  );
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number | null | undefined): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
