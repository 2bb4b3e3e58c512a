import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Split } from "../../../src/data/dataset.ts";
import { parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import type { FittedPca } from "../../../src/scaling/steps/pca.ts";
import type { FittedZca } from "../../../src/scaling/steps/zca.ts";
import { makeSplit, worstError } from "../support.ts";

interface Recorded {
  readonly count: number;
  readonly size: number;
  readonly components: number | null;
  readonly output: number[];
  readonly share: number[];
}

/** Whitened by scikit-learn, whose version the file names. */
const recorded = (
  JSON.parse(readFileSync(new URL("../../../fixtures/eigen.json", import.meta.url), "utf8")) as {
    pca: Recorded[];
  }
).pca;

/** The images of fixtures/make-eigen.py. */
function images(count: number, size: number): Split {
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => (i * i * 31 + ((i * 7919) >> 3)) % 251);
  return makeSplit(pixels, { height: 1, width: size, channels: 1 });
}

function applied(scaler: Scaler, split: Split): Float32Array {
  const out = new Float32Array(split.pixels.length);
  scaler.apply(split.pixels, split.shape, out);
  return out;
}

describe("pca", () => {
  it.each(recorded)("of $count images of $size values, components $components, is scikit-learn's", ({
    count,
    size,
    components,
    output,
    share,
  }) => {
    const split = images(count, size);
    const text = components === null ? "pca=0" : `pca=0:${components}`;
    const scaler = Scaler.fit(parseScaling(text), split, { axis: "pixel" });
    const out = applied(scaler, split);
    const kept = output.length / count;
    // scikit-learn divides by the deviation of a sample, n − 1.
    const toSample = Math.sqrt((count - 1) / count);
    for (let image = 0; image < count; image++) {
      const row = out.subarray(image * size, (image + 1) * size);
      const expected = output.slice(image * kept, (image + 1) * kept);
      expect(
        worstError(
          row.subarray(0, kept).map((x) => x * toSample),
          expected,
        ),
      ).toBeLessThan(2e-5);
      expect([...row.subarray(kept)]).toEqual(new Array(size - kept).fill(0));
    }
    const fitted = scaler.steps[0] as FittedPca;
    expect(fitted.share).toBeCloseTo(
      share.reduce((sum, part) => sum + part, 0),
      12,
    );
    expect(fitted.error).toBe(0);
  });

  it("has an inverse that restores the images", () => {
    const split = images(40, 9);
    const scaler = Scaler.fit(parseScaling("normalize+pca"), split, { axis: "pixel" });
    const restored = new Float32Array(split.pixels.length);
    scaler.inverse().apply(applied(scaler, split), split.shape, restored);
    expect(worstError(restored, Float32Array.from(split.pixels))).toBeLessThan(0.01);
  });

  it("comes back from JSON with the same bits", () => {
    const split = images(30, 9);
    for (const text of ["pca=:4", "zca=0.1:4"]) {
      const scaler = Scaler.fit(parseScaling(text), split, { axis: "pixel" });
      const json = JSON.stringify(scaler);
      const loaded = Scaler.fromJSON(JSON.parse(json), "scaler.json");
      expect(JSON.stringify(loaded)).toBe(json);
      expect(applied(loaded, split)).toEqual(applied(scaler, split));
    }
  });

  it.each([
    ["pca=-1", /the epsilon of pca must be a number, 0 or more/],
    ["zca=1e-6:0", /the components of zca must be a whole number, 1 or more \(got "0"\)/],
    ["zca=1:2:3", /the components of zca must be a whole number/],
    ["pca=:1.5", /the components of pca must be a whole number/],
  ])("refuses %s", (text, message) => {
    expect(() => parseScaling(text)).toThrow(message);
  });

  it("refuses more components than values", () => {
    expect(() => Scaler.fit(parseScaling("zca=:10"), images(20, 9))).toThrow(
      /^zca: 10 components are too many: images of 1×9×1 have 9 values; use at most 9$/,
    );
  });
});

describe("zca with components", () => {
  it("with all of them is zca", () => {
    const split = images(40, 9);
    const all = Scaler.fit(parseScaling("zca=0.1"), split, { axis: "pixel" });
    const kept = Scaler.fit(parseScaling("zca=0.1:9"), split, { axis: "pixel" });
    expect(worstError(applied(kept, split), applied(all, split))).toBeLessThan(1e-5);
  });
});

describe("images too large for a decomposition", () => {
  // 5,000 images of 4,160 values: three strong patterns of known variance, and weak noise.
  const [count, width] = [5000, 4160];
  const shape = { height: 64, width: 65, channels: 1 };
  const patterns = [40, 20, 10];
  const pixels = new Float32Array(count * width);
  for (let image = 0; image < count; image++) {
    for (let i = 0; i < width; i++) {
      let value = ((image * 7919 + i * 104729 + image * i) % 101) / 101;
      patterns.forEach((strength, k) => {
        // Square waves of the images and of the values, orthogonal among each other.
        const ofImage = (image >> k) & 1 ? 1 : -1;
        const ofValue = (i >> k) & 1 ? 1 : -1;
        value += strength * ofImage * ofValue;
      });
      pixels[image * width + i] = value;
    }
  }
  const split = makeSplit(pixels, shape);

  it("have their strongest directions found, with an honest bound of the error", () => {
    const scaler = Scaler.fit(parseScaling("zca=0:3"), split, { axis: "pixel" });
    const { whitening } = scaler.steps[0] as FittedZca;
    if ("matrix" in whitening) throw new Error("a matrix");
    // Each pattern's singular value is its strength times √(images · values).
    whitening.factors.forEach((factor, k) => {
      expect(factor).toBeCloseTo(1 / (patterns[k] * Math.sqrt(width)), 5);
    });
    const variance = patterns.reduce((sum, strength) => sum + strength ** 2, 0);
    expect(whitening.share).toBeGreaterThan(variance / (variance + 0.2));
    expect(whitening.share).toBeLessThan(1);
    expect(whitening.error).toBeLessThan(1e-2);
    expect(whitening.error).toBeGreaterThan(0);
  });
});
