import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compareRuns } from "../../src/experiment/comparison.ts";
import { isTrained } from "../../src/experiment/finished-run.ts";
import { mergeExperiments } from "../../src/experiment/merge.ts";

const FOLDER = fileURLToPath(new URL("../../fixtures/experiment-v1", import.meta.url));

it("a comparison is the same without confusion tables in memory, also of runs that do not name the commonest class", () => {
  const [whole, slim] = (["all", "without tables"] as const).map((kept) => mergeExperiments([FOLDER], kept));
  const tables = ({ finished }: typeof whole) =>
    [...finished.values()].filter((run) => isTrained(run) && run.test.confusion !== undefined).length;
  expect([tables(whole) > 0, tables(slim)]).toEqual([true, 0]);
  const compare = ({ identity, finished }: typeof whole) =>
    compareRuns(identity, finished, { margin: 0.002, population: "seeds-and-images" });
  expect(compare(slim)).toEqual(compare(whole));
});
