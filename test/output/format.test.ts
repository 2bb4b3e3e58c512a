import { describe, expect, it } from "vitest";
import { duration, percent, shapeText, statistic, thousands } from "../../src/output/format.ts";
import { decimal } from "../../src/scaling/number.ts";

describe("numbers for people:", () => {
  it.each([
    [33.318421449829934, "33.318"],
    [-1.9999, "-2.000"],
    [-1e-9, "0.000"],
    [255, "255.000"],
  ])("decimal(%d) is %s", (value, text) => {
    expect(decimal(value)).toBe(text);
  });

  it.each([
    [0, "0.000"],
    [-1.6e-8, "-1.6e-8"],
    [0.0005, "0.001"],
    [-0.42, "-0.420"],
  ])("statistic(%d) is %s", (value, text) => {
    expect(statistic(value)).toBe(text);
  });

  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [12_345, "12.3 s"],
    [60_000, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_600_000, "60 min 00 s"],
  ])("duration(%d) is %s", (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it.each([999.6, 59_960, 119_600])("duration(%d) never rounds up to 1000 ms or 60 s", (ms) => {
    expect(duration(ms)).not.toMatch(/^1000 ms|^60\.0 s|60 s$/);
  });

  it("percentages, shapes and thousands are written in full", () => {
    expect(percent(0.98714)).toBe("98.71 %");
    expect(shapeText(64, { height: 28, width: 30, channels: 3 })).toBe("(64, 28, 30, 3)");
    expect(thousands(1234567)).toBe("1,234,567");
  });
});
