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
    ["unit-std+samplewise-standardize", [{ kind: "unit-std" }, { kind: "samplewise-standardize" }]],
  ])("reads %s", (text, steps) => {
    expect(parseScaling(text)).toEqual(steps);
  });

  it.each([
    [
      "whiten",
      /^--x: "whiten" is not a known step; use none, normalize\[=FACTOR\], center, .*, zca\[=EPSILON\], joined by "\+"$/,
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
    ["center=1", /"center" takes no value/],
    ["standardize=", /"standardize" takes no value/],
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
