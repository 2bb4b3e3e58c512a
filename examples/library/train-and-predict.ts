/** Trains a network, stops early, saves it and uses it. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDataset, loadRun, predict, saveRun, train } from "pixscale";

const dataset = await loadDataset("mnist-mini");
const run = await train(
  dataset,
  { scaling: "standardize", epochs: 10, limit: 1000 },
  {
    // Ends when the loss is good enough, or after a minute with an error.
    observer: { onEpoch: ({ loss }) => (loss < 0.6 ? "stop" : undefined) },
    signal: AbortSignal.timeout(60_000),
  },
);
console.log(`stopped after ${run.epochs.length} of 10 epochs: test accuracy ${run.test.accuracy}`);

const folder = mkdtempSync(join(tmpdir(), "pixscale-example-"));
saveRun(folder, run, { data: "mnist-mini" });
const { labels, probabilities, classes } = await predict(await loadRun(folder), dataset.test);
const sure = Math.max(...probabilities.subarray(0, classes));
console.log(
  `image 0 is a ${labels[0]} with probability ${sure.toFixed(2)}; its label is ${dataset.test.labels[0]}`,
);
