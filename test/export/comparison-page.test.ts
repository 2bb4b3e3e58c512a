import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset, Split } from "../../src/data/dataset.ts";
import { compareRuns } from "../../src/experiment/comparison.ts";
import { disputedImages } from "../../src/experiment/disagreement.ts";
import { groupByVariant } from "../../src/experiment/variant-runs.ts";
import { comparisonCharts } from "../../src/export/charts/comparison-charts.ts";
import { drawChart } from "../../src/export/charts/draw-chart.ts";
import { comparisonPage } from "../../src/export/html/comparison-page.ts";
import { firstImages, identityOf, madeRuns, smallPlan } from "../experiment/support.ts";
import { makeSplit } from "../scaling/support.ts";

const plan = smallPlan({ scaling: ["normalize", "center"] });
const identity = {
  ...identityOf(plan),
  data: "<b>a & b</b>",
  classNames: ["<i>", ...firstImages(9).map(String)],
};
const confusion = firstImages(10).map((row) => firstImages(10).map((column) => (row === column ? 98 : row)));
const finished = new Map(
  [...madeRuns(plan, (scaling, seed) => firstImages(scaling === "center" ? 40 + seed : 10))].map(
    ([id, run]) => [id, { ...run, test: { ...run.test, confusion } }],
  ),
);
const comparison = compareRuns(identity, finished);
const report = { comparison, identity, finished, commands: ["npx pixscale compare"] };
/** Twelve training and 1,000 test images of ten classes. */
const split = (count: number): Split => ({
  ...makeSplit(
    Uint8Array.from({ length: count * 16 }, (_, i) => (i * 37) % 256),
    {
      height: 4,
      width: 4,
      channels: 1,
    },
  ),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
});
const images: Dataset = {
  name: "made",
  classes: 10,
  train: split(12),
  test: split(1000),
};
let page: string;

beforeAll(async () => {
  page = await comparisonPage({
    ...report,
    data: images,
  });
});

describe("the page of a comparison", () => {
  it("says what the terminal says", () => {
    expect(page).toContain("best: normalize, 99.00 %");
    expect(page).toMatch(/<p>center: worse by \d\.\d\d to \d\.\d\d points<\/p>/);
    expect(page).toContain("npx pixscale compare");
    // 3 runs with 7 confusions each.
    expect(page).toContain('<td class="number">21</td>');
  });

  it("needs neither network nor scripts", () => {
    const outside = [...page.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map(
      ([, target]) => target,
    );
    expect(outside.filter((target) => !target.startsWith("data:"))).toEqual([]);
    expect(page).not.toMatch(/<script|@import|<link/i);
  });

  it("describes every picture", () => {
    const pictures = [...page.matchAll(/<(?:svg|img) [^>]*>/g)].map(([tag]) => tag);
    expect(pictures.length).toBe(3 + 2 + 24);
    for (const tag of pictures) expect(tag).toMatch(/(?:aria-label|alt)="[^"]{5,}"/);
  });

  it("escapes names from the data", () => {
    expect(page).toContain("&lt;b&gt;a &amp; b&lt;/b&gt;");
    expect(page).not.toMatch(/<b>|<i>/);
  });

  it("says why there are no pictures", async () => {
    const without = await comparisonPage({ ...report, data: "the data are gone" });
    expect(without).toContain("The images are not shown: the data are gone.");
    expect(without).not.toContain("<img");
  });
});

it("images are disputed if some scalings get them wrong more often", () => {
  // Images 10 … 39 are wrong in all runs of center and none of normalize, 40 and 41 in some.
  const found = disputedImages(groupByVariant(identity, finished), 100);
  expect(found.map(({ image }) => image)).toEqual(firstImages(42).slice(10));
  expect(found[0].wrong[0]).toBe(0);
  expect(found[0].wrong[1]).toBeCloseTo(1, 12);
  expect(found[30].wrong[1]).toBeCloseTo(2 / 3, 12);
});

it("charts put values where their axis puts them", async () => {
  const [chart] = comparisonCharts(comparison);
  const svg = await drawChart(chart);
  // The ticks of the axis: label and position.
  const labels = [...svg.matchAll(/translate\(([\d.]+),[\d.]+\)"[^>]*>(9\d(?:\.\d)?)<\/text>/g)];
  const [first, last] = [labels[0], labels[labels.length - 1]].map(([, x, label]) => [
    Number(x),
    Number(label),
  ]);
  const position = (value: number) =>
    first[0] + ((value - first[1]) / (last[1] - first[1])) * (last[0] - first[0]);
  const points = [...svg.matchAll(/<path transform="translate\(([\d.]+),([\d.]+)\)" d="M/g)]
    .map(([, x]) => Number(x))
    .sort((a, b) => a - b);
  // Center's runs have 95.8, 95.9 and 96 %, normalize's 99 % each.
  const wanted = [95.8, 95.9, 96, 99, 99, 99].map(position);
  expect(points.length).toBeGreaterThanOrEqual(6);
  for (const each of wanted) expect(Math.min(...points.map((x) => Math.abs(x - each)))).toBeLessThan(1);
});
