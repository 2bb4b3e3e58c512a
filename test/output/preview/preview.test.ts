import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { chooseSamples } from "../../../src/output/preview/choose-samples.ts";
import { divergingColor } from "../../../src/output/preview/color-map.ts";
import { centredScale, colorOf, pixelScale, scaleLabels } from "../../../src/output/preview/color-scale.ts";
import { drawImage } from "../../../src/output/preview/draw-image.ts";
import { shownSize } from "../../../src/output/preview/image-size.ts";
import { buildPreview } from "../../../src/output/preview/preview.ts";
import { resizeArea } from "../../../src/output/preview/resize-area.ts";
import { terminalGrid } from "../../../src/output/preview/terminal-grid.ts";
import { RandomStream } from "../../../src/random.ts";

interface Recorded {
  readonly colours: readonly [number, number, number][];
  readonly areas: {
    readonly shape: readonly [number, number, number];
    readonly values: readonly number[];
    readonly resized: readonly {
      readonly size: readonly [number, number];
      readonly values: readonly number[];
    }[];
  };
  readonly percentiles: {
    readonly values: readonly number[];
    readonly percentile: number;
    readonly largest: number;
  };
}

const recorded = JSON.parse(
  readFileSync(new URL("../../../fixtures/preview.json", import.meta.url), "utf8"),
) as Recorded;

const truecolor = new Chalk({ level: 3 });
const plain = new Chalk({ level: 0 });

describe("the colour map", () => {
  it("has matplotlib's colours of RdBu_r", () => {
    const { colours } = recorded;
    expect(colours.length).toBe(257);
    for (const [i, colour] of colours.entries()) {
      const ours = divergingColor((2 * i) / (colours.length - 1) - 1);
      // matplotlib interpolates rounded decimals.
      for (const [channel, value] of ours.entries())
        expect(Math.abs(value - colour[channel])).toBeLessThanOrEqual(1);
    }
  });

  it("has ColorBrewer's colours at its ends and in its middle, also beyond the ends", () => {
    expect([-9, -1, 0, 1, 9].map(divergingColor)).toEqual([
      [5, 48, 97],
      [5, 48, 97],
      [247, 247, 247],
      [103, 0, 31],
      [103, 0, 31],
    ]);
  });
});

describe("a colour scale", () => {
  it("ends at NumPy's 99th percentile of the absolute values if the largest is far from it", () => {
    const { values, percentile, largest } = recorded.percentiles;
    expect(largest).toBeGreaterThan(1.25 * percentile);
    const scale = centredScale([values], "diverging");
    expect(scale).toEqual({ kind: "diverging", least: -percentile, most: percentile, clips: true });
    expect(scaleLabels(scale).most).toMatch(/^≥ /);
  });

  it("ends at the largest absolute value otherwise, with 0 in its middle", () => {
    const scale = centredScale(
      [
        [-1.5, 0],
        [1, 0.25],
      ],
      "diverging",
    );
    expect(scale).toMatchObject({ least: -1.5, most: 1.5, clips: false });
    expect(colorOf(scale, [0])).toEqual([247, 247, 247]);
    expect(colorOf(scale, [-1.5])).toEqual([5, 48, 97]);
    expect(scaleLabels(scale)).toEqual({ least: "-1.5", zero: "0", most: "1.5" });
  });

  it("is possible for zeros, NaN and infinite values", () => {
    for (const values of [[0, 0], [Number.NaN], [Number.POSITIVE_INFINITY, 0]]) {
      expect(centredScale([values], "diverging")).toMatchObject({ least: -1, most: 1 });
    }
    const scale = centredScale([[2]], "diverging");
    expect(colorOf(scale, [Number.NaN])).toEqual([0, 0, 0]);
    expect(colorOf(scale, [Number.POSITIVE_INFINITY])).toEqual([103, 0, 31]);
  });

  it("of bytes goes to 255, of few gray values and of floats to the largest, of negative pixels around 0", () => {
    expect(pixelScale([[0, 200]], true)).toMatchObject({ kind: "brightness", least: 0, most: 255 });
    expect(pixelScale([[0, 16]], true)).toMatchObject({ least: 0, most: 16 });
    expect(pixelScale([[0, 0.5]], false)).toMatchObject({ least: 0, most: 0.5 });
    expect(pixelScale([[-2, 1]], false)).toMatchObject({ kind: "diverging", least: -2, most: 2 });
  });

  it("shows colours as they are, and scaled ones around middle gray", () => {
    expect(colorOf(pixelScale([[0, 255]], true), [255, 128, 0])).toEqual([255, 128, 0]);
    expect(colorOf(centredScale([[-2, 2]], "brightness"), [-2, 0, 2])).toEqual([0, 128, 255]);
  });
});

describe("resizing by area", () => {
  const { shape, values, resized } = recorded.areas;
  const image = { height: shape[0], width: shape[1], channels: shape[2], values: Float64Array.from(values) };

  it.each(resized)("to $size is TensorFlow's resize_area", ({ size: [height, width], values: expected }) => {
    const ours = resizeArea(image, height, width);
    expect(ours.values.length).toBe(expected.length);
    // TensorFlow computes in float32.
    for (const [i, value] of expected.entries()) expect(ours.values[i]).toBeCloseTo(value, 3);
  });
});

describe("samples", () => {
  const labels = Uint8Array.of(2, 0, 2, 5, 0, 2);

  it("are the first images of each class that has any, class by class", () => {
    expect(chooseSamples(labels, 2, 10).map(({ index }) => index)).toEqual([1, 4, 0, 2, 3]);
    expect(chooseSamples(labels, 1, 2)).toEqual([
      { index: 1, label: 0 },
      { index: 0, label: 2 },
    ]);
  });

  it("are others at random, the same for the same seed", () => {
    const many = Uint8Array.from({ length: 1000 }, (_, i) => i % 3);
    const chosen = (seed: number) => chooseSamples(many, 2, 3, new RandomStream(seed, "shuffle"));
    expect(chosen(1)).toEqual(chosen(1));
    expect(chosen(1)).not.toEqual(chosen(2));
    expect(chosen(1).map(({ label }) => label)).toEqual([0, 0, 1, 1, 2, 2]);
    for (const { index, label } of chosen(1)) expect(many[index]).toBe(label);
  });
});

it("images are shown at whole multiples if they are small, shrunk if large, and never far too high", () => {
  expect(shownSize({ height: 28, width: 28 }, 64)).toEqual({ height: 56, width: 56 });
  expect(shownSize({ height: 28, width: 28 }, 17)).toEqual({ height: 17, width: 17 });
  expect(shownSize({ height: 100, width: 200 }, 32)).toEqual({ height: 16, width: 32 });
  expect(shownSize({ height: 400, width: 10 }, 40)).toEqual({ height: 60, width: 2 });
});

describe("a drawn image", () => {
  const image = { height: 3, width: 2, channels: 1, values: Float64Array.of(0, 255, 255, 255, 0, 0) };
  const scale = pixelScale([[0, 255]], true);

  it("is of half blocks: the upper pixel in front, the lower one behind", () => {
    expect(drawImage(image, scale, image, truecolor)).toEqual([
      "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m▀\x1b[49m\x1b[39m\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m▀\x1b[49m\x1b[39m",
      "\x1b[38;2;0;0;0m▀▀\x1b[39m",
    ]);
  });

  it("has 256 colours where there are no more: 16 is black and 231 white", () => {
    expect(drawImage(image, scale, image, new Chalk({ level: 2 }))[0]).toBe(
      "\x1b[38;5;16m\x1b[48;5;231m▀\x1b[49m\x1b[39m\x1b[38;5;231m\x1b[48;5;231m▀\x1b[49m\x1b[39m",
    );
  });

  it("is of characters without colours, others below 0 than above", () => {
    const values = Float64Array.of(-1, 0, 1, -1, 0, 1);
    const around = { height: 2, width: 3, channels: 1, values };
    expect(drawImage(around, centredScale([values], "diverging"), around, plain)).toEqual(["[ @"]);
    expect(drawImage(image, scale, { height: 2, width: 2 }, plain)).toHaveLength(1);
  });
});

describe("the grid", () => {
  const samples = {
    pixels: Uint8Array.from({ length: 2 * 28 * 28 }, (_, i) => i % 256),
    labels: Uint8Array.of(0, 1),
    count: 2,
    shape: { height: 28, width: 28, channels: 1 },
  };
  const values = Float32Array.from(samples.pixels, (value) => value / 255 - 0.5);
  const titles = ["center", "samplewise-standardize", "zca", "none", "unit-std"];
  const preview = buildPreview(
    samples,
    titles.map((title) => ({ title, values })),
    ["a long name of a class", "b"],
  );
  const linesAt = (width: number, chalk = plain) =>
    stripVTControlCharacters(terminalGrid(preview, { width, mostWidth: 32, chalk })).split("\n");

  it.each([24, 40, 80, 100, 200])("is at most %i columns wide, and names everything", (width) => {
    for (const chalk of [plain, truecolor]) {
      const lines = linesAt(width, chalk);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      for (const title of ["before", "center", "zca", "none", "unit-std"]) {
        expect(lines.some((line) => line.includes(title))).toBe(true);
      }
    }
  });

  it("shows images pixel by pixel where there is room", () => {
    const lines = linesAt(200, truecolor);
    const first = lines.find((line) => line.includes("▀") && line.startsWith("a long")) ?? "";
    // Six images of 28 columns.
    expect([...first].filter((letter) => letter === "▀")).toHaveLength(6 * 28);
  });

  it("has a diverging scale for gray images, and brightness for colour images", () => {
    expect(preview.columns.map(({ scale }) => scale.kind)).toEqual([
      "brightness",
      ...titles.map(() => "diverging"),
    ]);
    const shape = { height: 14, width: 14, channels: 4 };
    const colour = buildPreview({ ...samples, shape }, [{ title: "zca", values }], ["", ""]);
    expect(colour.columns.map(({ scale, images }) => [scale.kind, images[0].channels])).toEqual([
      ["brightness", 3],
      ["brightness", 3],
    ]);
    // Float images from −1 to 1 stay coloured, too.
    const pixels = Float32Array.from(samples.pixels, (value) => value / 127.5 - 1);
    const signed = buildPreview({ ...samples, shape, pixels }, [], ["", ""]);
    expect(signed.columns[0].scale).toMatchObject({ kind: "brightness", least: -1, most: 1 });
    // The second pixel begins after alpha.
    expect([...colour.columns[0].images[0].values.subarray(0, 6)]).toEqual([0, 1, 2, 4, 5, 6]);
  });
});
