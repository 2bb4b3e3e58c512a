import { describe, expect, it } from "vitest";
import { isOtherRange, pixelRange } from "../../src/statistics/pixel-range.ts";
import { makeSplit } from "../scaling/support.ts";

describe("ranges of pixels", () => {
  it.each([
    ["bytes and 0 to 1", [0, 255], [0, 1], true],
    ["16 bits and bytes", [0, 65_535], [0, 255], true],
    ["-1 to 1 and 0 to 1", [-1, 1], [0, 1], true],
    ["bytes and darker bytes", [0, 255], [3, 60], false],
    ["standardized images and others", [-0.42, 2.8], [-0.4, 2.1], false],
    ["0 to 1 and the same after rounding", [0, 1], [-1e-7, 1], false],
    ["two of nothing", [0, 0], [0, 0], false],
  ])("%s", (_, [min, max], [low, high], other) => {
    const [one, two] = [
      { min, max },
      { min: low, max: high },
    ];
    expect([isOtherRange(one, two), isOtherRange(two, one)]).toEqual([other, other]);
  });

  it("are those of all channels", () => {
    const split = makeSplit(Float32Array.of(3, -7, 2, 9, 1, 0), { height: 1, width: 1, channels: 3 });
    expect(pixelRange(split)).toEqual({ min: -7, max: 9 });
  });
});
