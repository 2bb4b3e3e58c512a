import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The built package: threads run built files alone. */
const built = new URL("../../dist/index.js", import.meta.url);

it("an experiment ends when its signal aborts, keeps finished runs, and goes on when called again", async () => {
  const { compare, experimentPlan, loadDataset } = (await import(
    built.href
  )) as typeof import("../../src/index.ts");
  const folder = join(mkdtempSync(join(tmpdir(), "pixscale-abort-")), "runs");
  const dataset = await loadDataset("mnist-mini");
  const plan = experimentPlan({
    scalings: ["normalize", "center"],
    seeds: 3,
    epochs: 1,
    limit: 128,
    limitTest: 50,
  });
  const abort = new AbortController();
  let trained = 0;
  const observer = {
    onFinish() {
      trained++;
      abort.abort(new Error("enough"));
    },
  };
  const options = { folder, jobs: 1, threads: 1, observer };
  await expect(compare(dataset, plan, { ...options, signal: abort.signal })).rejects.toThrow("enough");
  expect(trained).toBe(1);
  await expect(compare(dataset, plan, { ...options, signal: abort.signal })).rejects.toThrow("enough");
  const { runs } = await compare(dataset, plan, options);
  expect([runs, trained]).toEqual([{ planned: 6, finished: 6 }, 6]);
  rmSync(join(folder, ".."), { recursive: true });
});
