import { expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { train } from "../../src/training/train.ts";
import { settings } from "./support.ts";

it("300 runs in one process need no more memory than the first", async () => {
  const dataset = await loadDataset("mnist-mini");
  const short = settings({ limit: 64, limitTest: 32, epochs: 1, threads: 2, scaling: "standardize" });
  const memory: number[] = [];
  for (let run = 0; run < 300; run++) {
    await train(dataset, { ...short, seed: run });
    if (run % 50 === 49) memory.push(process.memoryUsage.rss() / 1e6);
  }
  // What grows by a run would have grown by 250 of them; a garbage collector needs some room.
  expect(memory.at(-1)).toBeLessThan(memory[0] + 60);
});
