import { describe, expect, it } from "vitest";
import { type Split, sliceSplit } from "../../src/data/dataset.ts";
import { IncrementalFit } from "../../src/scaling/incremental-fit.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import type { Axis } from "../../src/statistics/axis.ts";
import { makeSplit } from "./support.ts";

const SHAPE = { height: 3, width: 2, channels: 3 };
const pixelsOf = <A>(of: (values: number[]) => A) =>
  of(Array.from({ length: 30 * 18 }, (_, i) => (i * i * 31 + i * 7) % 251));
const inPieces = (split: Split) => [
  sliceSplit(split, 0, 1),
  sliceSplit(split, 1, 17),
  sliceSplit(split, 17, 30),
];

describe("a fit on pieces", () => {
  const axes: Axis[] = ["global", "channel", "pixel"];
  const scalings = ["normalize+standardize", "minmax", "center@pixel+standardize@channel"];

  it.each(
    axes.flatMap((axis) => scalings.map((scaling) => [scaling, axis] as const)),
  )("has the bits of a fit on all of it: %s, axis %s", (scaling, axis) => {
    for (const pixels of [
      pixelsOf((v) => Uint8Array.from(v)),
      pixelsOf((v) => Uint16Array.from(v, (x) => 200 * x)),
    ]) {
      const split = makeSplit(pixels, SHAPE);
      const fit = new IncrementalFit(scaling, { axis });
      for (const piece of inPieces(split)) fit.partialFit(piece);
      expect(fit.scaler().toJSON()).toEqual(Scaler.fit(scaling, split, { axis }).toJSON());
    }
  });

  it("differs by rounding alone for floats, and may go on", () => {
    const split = makeSplit(
      pixelsOf((values) => Float32Array.from(values, (x) => x / 7)),
      SHAPE,
    );
    const fit = new IncrementalFit("standardize", { axis: "channel" });
    const [first, ...others] = inPieces(split);
    const early = fit.partialFit(first).scaler();
    for (const piece of others) fit.partialFit(piece);
    const [all, whole] = [fit.scaler(), Scaler.fit("standardize", split, { axis: "channel" })];
    const [a, b] = [all, whole].map((scaler) => scaler.transform(split));
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i])))).toBeLessThan(1e-6);
    expect(early.transform(split)).not.toEqual(a);
  });

  it("refuses steps that need all images, an unknown axis, other images, and none", () => {
    expect(() => new IncrementalFit("zca")).toThrow(/"zca" needs the images/);
    expect(() => new IncrementalFit("robust")).toThrow(/needs the images/);
    expect(() => new IncrementalFit("standardize", { axis: "channels" as Axis })).toThrow(
      /"channels" is not an axis/,
    );
    const fit = new IncrementalFit("center");
    expect(() => fit.scaler()).toThrow(/none were given to fit on/);
    fit.partialFit(makeSplit(Uint8Array.of(1, 2), { height: 1, width: 2, channels: 1 }));
    expect(() =>
      fit.partialFit(makeSplit(Uint8Array.of(1, 2), { height: 2, width: 1, channels: 1 })),
    ).toThrow(/images: are uint8 of 2 × 1 × 1, but those before were uint8 of 1 × 2 × 1/);
  });
});

describe("a fit on given statistics", () => {
  const fitOn = (mean: number[], std: number[], axis: Axis = "channel") =>
    Scaler.fitOnStatistics("standardize", SHAPE, axis, {
      mean: Float64Array.from(mean),
      std: Float64Array.from(std),
    });

  it("standardizes by them", () => {
    const images = makeSplit(
      Uint8Array.from({ length: 18 }, (_, i) => i),
      SHAPE,
    );
    const values = fitOn([1, 2, 3], [1, 2, 4]).transform(images);
    expect([...values.subarray(0, 6)].map((value) => value.toFixed(4))).toEqual(
      // (x − mean) / (std + 1e-6)
      ["-1.0000", "-0.5000", "-0.2500", "2.0000", "1.0000", "0.5000"],
    );
  });

  it("refuses numbers that are not one per group, or no deviations", () => {
    expect(() => fitOn([1, 2, 3, 4], [1, 2, 3, 4])).toThrow(
      /^statistics\.mean: has 4 values, but axis channel needs 3/,
    );
    expect(() => fitOn([1, 2, 3], [1, 2])).toThrow(/^statistics\.std: has 2 values/);
    expect(() => fitOn([1, 2, 3], [1, -2, 3])).toThrow(/^statistics\.std: holds -2/);
    expect(() => fitOn([1, Number.NaN, 3], [1, 2, 3])).toThrow(/not finite/);
    expect(() => fitOn([1], [1], "channels" as Axis)).toThrow(/"channels" is not an axis/);
  });
});
