import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ImageSizes } from "../../../src/data/images/image-sizes.ts";
import { ImageWeightedTally } from "../../../src/statistics/folder/image-weighted-tally.ts";
import { plainMean } from "../../scaling/support.ts";

const CHANNELS = 3;

const image = fc
  .record({ height: fc.integer({ min: 1, max: 5 }), width: fc.integer({ min: 1, max: 5 }) })
  .chain(({ height, width }) =>
    fc
      .uint8Array({ minLength: height * width * CHANNELS, maxLength: height * width * CHANNELS })
      .map((values) => ({ height, width, values })),
  );

describe("ImageWeightedTally", () => {
  it("equals the mean of the images' means and mean squares, in any order, merged and restored", () => {
    fc.assert(
      fc.property(fc.array(image, { minLength: 1, maxLength: 12 }), fc.nat(), (images, at) => {
        const tallies = [0, 1].map(() => new ImageWeightedTally(CHANNELS, 256));
        images.forEach((each, i) => {
          tallies[i % 2 === at % 2 ? 0 : 1].add(each.values, each);
        });
        const json = JSON.parse(JSON.stringify(tallies[1].toJSON()));
        tallies[0].merge(ImageWeightedTally.fromJSON(json, CHANNELS, 256) as ImageWeightedTally);
        for (let channel = 0; channel < CHANNELS; channel++) {
          const values = images.map((each) => [...each.values].filter((_, i) => i % CHANNELS === channel));
          const mean = plainMean(values.map((each) => plainMean(each)));
          const square = plainMean(values.map((each) => plainMean(each.map((value) => value * value))));
          const moments = tallies[0].moments("channel");
          expect(moments.mean[channel]).toBeCloseTo(mean, 9);
          expect(moments.std[channel] ** 2).toBeCloseTo(square - mean * mean, 6);
          expect(moments.min[channel]).toBe(Math.min(...values.flat()));
        }
        const all = tallies[0].moments("global");
        expect(all.count).toBe(images.length);
        expect(all.mean[0]).toBeCloseTo(plainMean(images.map(({ values }) => plainMean([...values]))), 9);
      }),
    );
  });

  it.each([[null], [[["1", {}]]], [[[2, { pixels: 3, sums: [] }]]]])("is not restored from %j", (json) => {
    expect(ImageWeightedTally.fromJSON(json, CHANNELS, 256)).toBeUndefined();
  });
});

describe("ImageSizes", () => {
  it("knows the range and the most frequent of the sizes it counted", () => {
    const sizes = new ImageSizes();
    const [wide, square] = [
      { height: 10, width: 30, turned: false },
      { height: 20, width: 20, turned: false },
    ];
    for (const each of [wide, square, square]) sizes.add(each);
    const other = new ImageSizes();
    for (const each of [wide, wide]) other.add(each);
    sizes.merge(ImageSizes.fromJSON(JSON.parse(JSON.stringify(other))) as ImageSizes);
    expect(sizes.range()).toEqual({
      smallest: { height: 10, width: 20 },
      largest: { height: 20, width: 30 },
      distinct: 2,
      mostFrequent: { height: 10, width: 30 },
    });
    expect(new ImageSizes().range()).toBeUndefined();
    expect(ImageSizes.fromJSON([[1, 2]])).toBeUndefined();
    expect(ImageSizes.fromJSON([[1, 2, 3, -1]])).toBeUndefined();
  });

  it.each([
    ["the EXIF orientation makes a second size", [false, true], 1],
    ["all are turned, which leaves one size", [true, true], 0],
  ])("counts turned images if %s", (_, [first, second], turned) => {
    const sizes = new ImageSizes();
    sizes.add({ height: 10, width: 30, turned: first });
    sizes.add({ height: first ? 10 : 30, width: first ? 30 : 10, turned: second });
    const restored = ImageSizes.fromJSON(JSON.parse(JSON.stringify(sizes)));
    expect([sizes.turnedApart(), restored?.turnedApart()]).toEqual([turned, turned]);
  });
});
