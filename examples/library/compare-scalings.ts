/** Trains a network under several scalings and says which are worse, as good, or not told apart yet. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, experimentPlan, loadDataset } from "pixscale";

const plan = experimentPlan({
  scalings: ["normalize", "center"],
  seeds: 2,
  epochs: 1,
  limit: 500,
  limitTest: 200,
});
const folder = join(mkdtempSync(join(tmpdir(), "pixscale-example-")), "runs");
const { best, variants } = await compare(await loadDataset("mnist-mini"), plan, { folder });
console.log(`best: ${best}`);
for (const { name, comparison } of variants) console.log(`${name}: ${comparison.text}`);
