import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset, Split } from "../../src/data/dataset.ts";
import { dataPage } from "../../src/export/html/data-page.ts";
import { summarizeDataset } from "../../src/statistics/summary.ts";

/** Images of 2 × 2 pixels, each of one colour. */
function split(colors: readonly (readonly number[])[], labels: readonly number[]): Split {
  const pixels = Uint8Array.from(colors.flatMap((color) => Array.from({ length: 4 }, () => color).flat()));
  const shape = { height: 2, width: 2, channels: colors[0].length };
  return { pixels, labels: Uint8Array.from(labels), count: colors.length, shape };
}

const COLORS = [
  [200, 10, 10],
  [10, 200, 10],
  [10, 10, 200],
  [10, 10, 200],
  [90, 90, 90],
];

const dataset: Dataset = {
  name: "<b>a & b</b>",
  classes: 2,
  classNames: ["<i>", "dog"],
  train: split(COLORS, [0, 1, 1, 0, 1]),
  validation: split([[90, 90, 90]], [1]),
  test: split(
    [
      [10, 200, 10],
      [0, 0, 0],
    ],
    [1, 0],
  ),
};

function pageOf(data: Dataset): Promise<string> {
  const summary = summarizeDataset(data, "global");
  return dataPage({
    dataset: data,
    summary,
    command: "npx pixscale stats",
    fingerprint: "f".repeat(64),
    version: "1",
  });
}

/** The pictures of a page: what they show, and the colour of their first pixel. */
async function pictures(page: string): Promise<{ alternative: string; color: number[] }[]> {
  const found = [...page.matchAll(/<img [^>]*alt="([^"]*)" src="data:image\/png;base64,([^"]*)"/g)];
  return await Promise.all(
    found.map(async ([, alternative, png]) => {
      const raw = await sharp(Buffer.from(png, "base64")).raw().toBuffer();
      return { alternative, color: [...raw.subarray(0, 3)] };
    }),
  );
}

describe("a data sheet", () => {
  let page: string;
  beforeAll(async () => {
    page = await pageOf(dataset);
  });

  it("says what the data are, and what stands out", () => {
    expect(page).toContain("5 train + 1 validation + 2 test images, 2 × 2 pixels, colour, uint8, 2 classes.");
    const found = [...(/<div class="answer">(.*?)<\/div>/s.exec(page)?.[1] ?? "").matchAll(/<p>(.*?)<\/p>/g)];
    expect(found.map(([, line]) => line)).toEqual([
      "1 group of equal images has several labels, so that some are wrong.",
      "1 of 1 validation image is equal to images of another split, which makes results look better than they are.",
      "1 of 2 test images is equal to images of another split, which makes results look better than they are.",
      "3 images are equal to an earlier one.",
      "8 images have a single colour.",
    ]);
  });

  it("shows images, means and equal images in their colours", async () => {
    const shown = await pictures(page);
    const colorOf = (alternative: string) => shown.find((each) => each.alternative === alternative)?.color;
    expect(colorOf("train image 0, class &lt;i&gt;")).toEqual(COLORS[0]);
    expect(colorOf("train image 1, class dog")).toEqual(COLORS[1]);
    // (200 + 10) / 2, 10, (10 + 200) / 2.
    expect(colorOf("mean training image of class &lt;i&gt;")).toEqual([105, 10, 105]);
    // (200 + 10 + 10 + 10 + 90) / 5, and blue: (10 + 10 + 200 + 200 + 90) / 5.
    expect(shown[0].color).toEqual([64, 64, 102]);
    expect(shown.filter(({ alternative }) => alternative === "pixels that 2 images share")).toHaveLength(3);
    expect(page).toMatch(/<br>labels differ:\n<br>train 2: dog\n<br>train 3: &lt;i&gt;/);
  });

  it("describes every picture", () => {
    const tags = [...page.matchAll(/<(?:svg|img) (?:[^>"]|"[^"]*")*>/g)].map(([tag]) => tag);
    expect(tags.length).toBeGreaterThan(10);
    for (const tag of tags) expect(tag).toMatch(/(?:aria-label|alt)="[^"]{10,}"/);
    expect(page).toContain("Images of each class: train &lt;i> 2, dog 3; test &lt;i> 1, dog 1.");
  });

  it("needs neither network nor scripts, and escapes names from the data", () => {
    const outside = [...page.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map(
      ([, target]) => target,
    );
    expect(outside.filter((target) => !target.startsWith("data:"))).toEqual([]);
    expect(page).not.toMatch(/<script|@import|<link|<b>|<i>/i);
  });
});

describe("the data sheet of", () => {
  it("images without labels has no classes", async () => {
    const page = await pageOf({
      ...dataset,
      classes: 1,
      unlabelled: true,
      test: { ...dataset.test, count: 0, labels: new Uint8Array(0), pixels: new Uint8Array(0) },
    });
    expect(page).toContain("colour, uint8, no labels.");
    expect(page).not.toMatch(/several labels|<h2>Classes|, class /);
    expect(page).toContain('alt="train image 4"');
  });

  it("many classes shows some of them, and their sizes", async () => {
    const many = Array.from({ length: 70 }, (_, i) => i);
    const train = split(
      many.map((i) => [i, 0]),
      many,
    );
    const page = await pageOf({ name: "many", classes: 70, train, test: train });
    expect(page).toContain("the first of them, 20 of 70 classes.");
    expect(page).toContain("fewest images");
    expect(page).toContain("pixels, 2 channels, uint8");
    expect(page.match(/<h3>\d+<\/h3>/g)).toHaveLength(20);
  });

  it("signed gray floats is blue below zero, and names what is NaN", async () => {
    const pixels = Float32Array.of(-1, -1, 1, 1, Number.NaN, 0);
    const train = {
      pixels,
      labels: new Uint8Array(3),
      count: 3,
      shape: { height: 1, width: 2, channels: 1 },
    };
    const page = await pageOf({ name: "floats", classes: 1, train, test: train });
    expect(page).toContain("2 images have values that are NaN or infinite.");
    expect(page).toContain("<p>train 2, test 2</p>");
    const shown = await pictures(page);
    // The ends of ColorBrewer's RdBu.
    expect(shown.find(({ alternative }) => alternative.startsWith("train image 0"))?.color).toEqual([
      5, 48, 97,
    ]);
    expect(shown.find(({ alternative }) => alternative.startsWith("train image 1"))?.color).toEqual([
      103, 0, 31,
    ]);
  });
});
