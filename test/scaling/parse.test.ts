import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { formatNumber, parseNumber } from "../../src/scaling/number.ts";
import { formatScaling, parseScaling } from "../../src/scaling/parse.ts";
import type { ScalingStep } from "../../src/scaling/steps/step-kinds.ts";

describe("parseNumber", () => {
  it.each([
    ["1/255", 1 / 255],
    ["1e-3", 0.001],
    ["0.5", 0.5],
    [".5", 0.5],
    ["2.", 2],
    ["-1/4", -0.25],
    ["+3", 3],
    ["1E2/4", 25],
  ])("reads %s", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each([
    "",
    " ",
    "/",
    "1/",
    "/2",
    "1/0",
    "0/0",
    "1/2/3",
    "NaN",
    "Infinity",
    "1e999",
    "1x",
    "0x10",
    "1 2",
    "--1",
    ".",
  ])("refuses %j", (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it("reads back every formatted number, and no format has a plus sign", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0),
        (value) => {
          expect(formatNumber(value)).not.toContain("+");
          expect(parseNumber(formatNumber(value))).toBe(value);
        },
      ),
    );
  });
});

describe("parseScaling", () => {
  it.each<[string, ScalingStep[]]>([
    ["none", []],
    ["normalize", [{ kind: "normalize", factor: 1 / 255 }]],
    ["normalize=1/127.5", [{ kind: "normalize", factor: 1 / 127.5 }]],
    ["normalize=-0.5+center", [{ kind: "normalize", factor: -0.5 }, { kind: "center" }]],
    ["center + standardize", [{ kind: "center" }, { kind: "standardize" }]],
    ["center+center", [{ kind: "center" }, { kind: "center" }]],
    ["zca", [{ kind: "zca", epsilon: 1e-6 }]],
    [
      "normalize+zca=1/10",
      [
        { kind: "normalize", factor: 1 / 255 },
        { kind: "zca", epsilon: 0.1 },
      ],
    ],
    [
      "samplewise-center+samplewise-unit-std",
      [{ kind: "samplewise-center" }, { kind: "samplewise-unit-std" }],
    ],
    ["center=-0.5", [{ kind: "center", given: { mean: [-0.5] } }]],
    [
      "normalize+standardize=0.485:0.456:0.406/0.229:0.224:0.225",
      [
        { kind: "normalize", factor: 1 / 255 },
        { kind: "standardize", given: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } },
      ],
    ],
    ["standardize=1/2", [{ kind: "standardize", given: { mean: [1], std: [2] } }]],
    ["standardize=1/2/1/4", [{ kind: "standardize", given: { mean: [0.5], std: [0.25] } }]],
    ["standardize=1/2:3/4:5/8", [{ kind: "standardize", given: { mean: [0.5, 3], std: [4, 0.625] } }]],
    ["standardize=keras", [{ kind: "standardize", constant: "keras" }]],
    [
      "standardize@channel+center@pixel",
      [
        { kind: "standardize", axis: "channel" },
        { kind: "center", axis: "pixel" },
      ],
    ],
    ["unit-std+samplewise-standardize", [{ kind: "unit-std" }, { kind: "samplewise-standardize" }]],
  ])("reads %s", (text, steps) => {
    expect(parseScaling(text)).toEqual(steps);
  });

  it.each([
    [
      "whiten",
      /^--x: "whiten" is not a known step; use none, normalize\[=FACTOR\], .*, center\[=MEAN\], .*, zca\[=EPSILON\[:COMPONENTS\]\], pca\[=EPSILON\[:COMPONENTS\]\], joined by "\+"$/,
    ],
    ["samplewise", /"samplewise" is not a known step/],
    ["samplewise-center=1", /"samplewise-center" takes no value/],
    ["zca=", /the epsilon of zca must be a number, 0 or more \(got ""\)/],
    ["zca=-1", /the epsilon of zca must be a number, 0 or more \(got "-1"\)/],
    ["Center", /"Center" is not a known step/],
    ["", /"" is not a known step/],
    ["center+", /"" is not a known step/],
    ["none+center", /"none" cannot be combined/],
    ["none=1", /"none" cannot be combined/],
    ["center=", /the mean of center must be a number, or one a channel joined by ":" \(got ""\)/],
    ["center=1:x", /the mean of center must be a number/],
    ["center=NaN", /the mean of center must be a number/],
    ["standardize=", /the numbers of standardize must be MEAN\/STD, as many means as deviations \(got ""\)/],
    ["standardize=0.5", /must be MEAN\/STD/],
    ["standardize=1/2/3", /fractions on both sides of the middle/],
    ["standardize=1:2/3", /must be MEAN\/STD, as many means as deviations/],
    ["standardize=1:2/3:4:5", /must be MEAN\/STD, as many means as deviations/],
    ["standardize=1/NaN", /must be MEAN\/STD/],
    ["standardize=0.5/0", /the standard deviation of standardize must be above 0 \(got "0.5\/0"\)/],
    ["standardize=1:2/3:-4", /the standard deviation of standardize must be above 0/],
    ["rescale", /rescale needs a factor other than 0, and perhaps an offset \(got ""\)/],
    ["rescale=0+1", /rescale needs a factor other than 0/],
    ["rescale=1/255-", /rescale needs a factor other than 0/],
    ["rescale=1+2+3", /rescale needs a factor .* \(got "1\+2\+3"\)/],
    ["rescale=1/0", /rescale needs a factor/],
    ["imagenet=1", /"imagenet" takes no value/],
    ["imagenet@channel", /"imagenet" computes no statistics here/],
    ["clip", /clip needs two percentiles from 0 to 100, the lower one first \(got ""\)/],
    ["clip=5", /clip needs two percentiles/],
    ["clip=99:1", /clip needs two percentiles/],
    ["clip=1:101", /clip needs two percentiles/],
    ["clip=1:2:3", /clip needs two percentiles/],
    ["gamma=0", /the exponent of gamma must be a number above 0 \(got "0"\)/],
    ["gamma", /the exponent of gamma must be a number above 0/],
    ["minmax=1", /"minmax" takes no value/],
    ["samplewise-minmax@pixel", /samplewise steps have no axis pixel/],
    ["unit-std=2", /"unit-std" takes no number/],
    ["standardize@row", /"row" is not an axis of standardize; use standardize@global, standardize@channel, /],
    ["standardize@", /"" is not an axis of standardize/],
    ["standardize@channel@pixel", /"channel@pixel" is not an axis/],
    ["normalize@channel", /"normalize" computes no statistics here, so it has no axis/],
    ["standardize@channel=0.5/0.2", /"standardize" computes no statistics here/],
    ["samplewise-center@pixel", /samplewise steps have no axis pixel/],
    ["normalize=", /factor .* must be a number other than 0 \(got ""\)/],
    ["normalize=0", /factor .* must be .* \(got "0"\)/],
    ["normalize=1/0", /factor .* must be .* \(got "1\/0"\)/],
    ["normalize=1=2", /factor .* must be .* \(got "1=2"\)/],
  ])("refuses %j", (text, message) => {
    const parse = () => parseScaling(text, "--x");
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });

  it.each([
    ["none", "none"],
    ["normalize=1/255", "normalize"],
    [" center + standardize ", "center+standardize"],
    ["normalize=0.10", "normalize=0.1"],
    ["normalize=1/127.5+center", "normalize=1/127.5+center"],
    ["zca=1e-6", "zca"],
    ["standardize=one", "standardize"],
    ["standardize@global=keras + unit-std=keras", "standardize@global=keras+unit-std=keras"],
    ["standardize=1/2:1/4/4/1:1/5", "standardize=0.5:0.25/4:0.2"],
    ["center=1/4:.5:1e+3", "center=0.25:0.5:1000"],
    ["zca@channel=0.5", "zca@channel=0.5"],
    ["zca=0.10+samplewise-center", "zca=0.1+samplewise-center"],
  ])("formats %j as %s", (text, canonical) => {
    expect(formatScaling(parseScaling(text))).toBe(canonical);
  });

  it("reads back every formatted scaling", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("normalize" as const),
        factor: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0),
      }),
      fc.record({
        kind: fc.constant("zca" as const),
        epsilon: fc.double({ noNaN: true, min: 1e-300, max: 1e9 }),
      }),
      fc.constantFrom(...parseScaling("center+standardize+unit-std+samplewise-standardize")),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        expect(parseScaling(formatScaling(steps))).toEqual(steps.map((one) => ({ ...one })));
      }),
    );
  });
});
