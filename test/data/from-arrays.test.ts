import { describe, expect, it } from "vitest";
import { checkDataset, checkSplit } from "../../src/data/check-dataset.ts";
import type { Dataset, Split } from "../../src/data/dataset.ts";
import { datasetFromArrays, splitFromArrays } from "../../src/data/from-arrays.ts";
import { PixscaleError } from "../../src/errors.ts";

const SHAPE = { height: 1, width: 2, channels: 1 };
const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6);

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PixscaleError);
    return (error as Error).message;
  }
  return expect.fail("no error");
}

describe("a dataset from arrays", () => {
  it("keeps bytes, counts images and classes, and has an empty test split if none is given", () => {
    const { train, test, classes, name } = datasetFromArrays({
      train: { images: BYTES, labels: [0, 2, 1] },
      shape: SHAPE,
    });
    expect(train.pixels).toBe(BYTES);
    expect([train.count, classes, name, test.count]).toEqual([3, 3, "arrays", 0]);
    expect([...train.labels]).toEqual([0, 2, 1]);
  });

  it.each<[string, Parameters<typeof splitFromArrays>[0]["images"], number[], string]>([
    ["clamped bytes", Uint8ClampedArray.of(0, 255), [0, 255], "Uint8Array"],
    ["16 bits", Uint16Array.of(0, 65535), [0, 65535], "Uint16Array"],
    ["floats", Float32Array.of(0.5, -1), [0.5, -1], "Float32Array"],
    ["doubles", Float64Array.of(0.5, 1 / 3), [0.5, Math.fround(1 / 3)], "Float32Array"],
    ["nested bytes", [[[7, 255]]], [7, 255], "Uint8Array"],
    ["nested floats", [[[0.25, 256]]], [0.25, 256], "Float32Array"],
  ])("takes %s", (_, images, values, type) => {
    const { pixels, shape, count } = splitFromArrays({ images }, { shape: SHAPE });
    expect([[...pixels], pixels.constructor.name, shape, count]).toEqual([values, type, SHAPE, 1]);
  });

  it("reads nested images with channels in NHWC order", () => {
    const { pixels, shape, count } = splitFromArrays({ images: [[[[1, 2, 3]], [[4, 5, 6]]]] });
    expect([[...pixels], shape, count]).toEqual([
      [1, 2, 3, 4, 5, 6],
      { height: 2, width: 1, channels: 3 },
      1,
    ]);
  });

  it("numbers more than 256 classes", () => {
    const { train, classes } = datasetFromArrays({
      train: { images: BYTES, labels: [0, 300, 1] },
      shape: SHAPE,
    });
    expect([classes, ...train.labels]).toEqual([301, 0, 300, 1]);
  });

  it.each<[RegExp, Parameters<typeof datasetFromArrays>[0]]>([
    [/^train\.images: are one array, so the shape/, { train: { images: BYTES } }],
    [
      /^train\.images: hold 6 values, which are not whole images of 4/,
      { train: { images: BYTES }, shape: { ...SHAPE, width: 4 } },
    ],
    [
      /^shape: channels must be a whole number, 1 or more \(got "undefined"\)/,
      { train: { images: BYTES }, shape: { height: 2, width: 1 } as never },
    ],
    [/^train\.images: are ragged: 1 in place of 2/, { train: { images: [[[1, 2]], [[3]]] } }],
    [/^train\.images: hold "x", which is no number/, { train: { images: [[["x" as never, 2]]] } }],
    [
      /^train\.images: have 2 dimensions \(2, 2\)/,
      {
        train: {
          images: [
            [1, 2],
            [3, 4],
          ] as never,
        },
      },
    ],
    [/^train\.images: are a Int8Array/, { train: { images: new Int8Array(2) as never }, shape: SHAPE }],
    [/^train\.labels: are 2 for 3 images/, { train: { images: BYTES, labels: [0, 1] }, shape: SHAPE }],
    [/^train\.labels: hold "-1"/, { train: { images: BYTES, labels: [0, 1, -1] }, shape: SHAPE }],
    [/^train\.labels: hold "0\.5"/, { train: { images: BYTES, labels: [0, 1, 0.5] }, shape: SHAPE }],
    [
      /^train\.labels: hold 2, but 2 classes have the labels 0 to 1/,
      { train: { images: BYTES, labels: [0, 1, 2] }, classes: 2, shape: SHAPE },
    ],
    [
      /^classNames: has 1 names for 3 classes/,
      { train: { images: BYTES, labels: [0, 1, 2] }, classes: 3, classNames: ["a"], shape: SHAPE },
    ],
    [
      /^test\.labels: are missing/,
      { train: { images: BYTES, labels: [0, 1, 2] }, test: { images: BYTES }, shape: SHAPE },
    ],
    [
      /^test\.shape: is 2 × 1 × 1, but that of train is 1 × 2 × 1/,
      { train: { images: [[[1, 2]]] }, test: { images: [[[1], [2]]] } },
    ],
    [/^train: has no images/, { train: { images: new Uint8Array(0) }, shape: SHAPE }],
  ])("refuses what contradicts itself: %s", (message, arrays) => {
    expect(messageOf(() => datasetFromArrays(arrays))).toMatch(message);
  });
});

describe("a dataset made by hand", () => {
  const split: Split = { pixels: BYTES, labels: Uint8Array.of(0, 1, 0), count: 3, shape: SHAPE };
  const dataset: Dataset<Split> = { name: "mine", classes: 2, train: split, test: split };

  it("is accepted if its parts agree", () => {
    expect(checkDataset(dataset)).toBeUndefined();
  });

  it.each<[RegExp, Partial<Split>]>([
    [/^split\.pixels: has 4 values, but 3 images of 1 × 2 × 1 need 6/, { pixels: BYTES.subarray(0, 4) }],
    [/^split\.labels: has 1 values, but 3 images need one each/, { labels: Uint8Array.of(0) }],
    [/^split\.count: must be a whole number/, { count: Number.NaN }],
    [/^split\.pixels: must be a Uint8Array/, { pixels: [1, 2, 3, 4, 5, 6] as never }],
    [/^split\.labels: must be a Uint8Array/, { labels: [0, 1, 0] as never }],
    [/^split\.shape: height must be/, { shape: { ...SHAPE, height: 0 } }],
  ])("is refused otherwise: %s", (message, change) => {
    expect(messageOf(() => checkSplit({ ...split, ...change }, "split"))).toMatch(message);
  });

  it.each([0, 1.5, Number.NaN, 70_000])("has 1 to 65536 classes, not %d", (classes) => {
    expect(messageOf(() => checkDataset({ ...dataset, classes }))).toMatch(
      /^classes: must be a whole number/,
    );
  });
});
