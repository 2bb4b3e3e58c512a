import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { LayerWeights } from "../../src/model/layers.ts";
import { referenceCnn } from "../../src/model/reference-cnn.ts";
import { initialWeights, weightsFingerprint } from "../../src/model/weights.ts";
import { ODD_NET } from "./support.ts";

const CNN = referenceCnn({ height: 28, width: 28, channels: 1 }, 10);

/** √(6 / (fan in + fan out)), computed by hand. */
const LIMITS: [string, number, number][] = [
  ["first convolution", 0, Math.sqrt(6 / (9 * 1 + 9 * 32))],
  ["second convolution", 1, Math.sqrt(6 / (9 * 32 + 9 * 64))],
  ["hidden dense layer", 2, Math.sqrt(6 / (1600 + 64))],
  ["last dense layer", 3, Math.sqrt(6 / (64 + 10))],
];

describe("initial weights", () => {
  it.each(LIMITS)("of the %s are Glorot-uniform", (_, layer, limit) => {
    const kernels = Array.from({ length: 20 }, (_, seed) => [
      ...initialWeights(CNN, seed)[layer].kernel,
    ]).flat();
    const n = kernels.length;
    const least = kernels.reduce((a, b) => Math.min(a, b));
    const most = kernels.reduce((a, b) => Math.max(a, b));
    expect(least).toBeGreaterThanOrEqual(Math.fround(-limit));
    expect(most).toBeLessThanOrEqual(Math.fround(limit));
    // The extremes of n uniform numbers are about 2·limit/n from the ends.
    expect(least).toBeLessThan(-limit * (1 - 40 / n));
    expect(most).toBeGreaterThan(limit * (1 - 40 / n));
    const mean = kernels.reduce((sum, x) => sum + x, 0) / n;
    const variance = kernels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
    // Five standard errors; a uniform distribution has variance limit²/3 and kurtosis 1.8.
    expect(Math.abs(mean)).toBeLessThan((5 * limit) / Math.sqrt(3 * n));
    expect(Math.abs(variance / (limit ** 2 / 3) - 1)).toBeLessThan(5 * Math.sqrt(0.8 / n));
  });

  it("take fans from the pixels and channels of a rectangular kernel", () => {
    const [first, , third] = initialWeights(ODD_NET, 3);
    const most = (values: Float32Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const limits = [Math.sqrt(6 / (25 * 3 + 25 * 5)), Math.sqrt(6 / (6 * 7 + 6 * 3))];
    [first, third].forEach(({ kernel }, i) => {
      expect(most(kernel)).toBeLessThanOrEqual(limits[i]);
      expect(most(kernel)).toBeGreaterThan(0.9 * limits[i]);
    });
  });

  it("have the sizes of their layers and zero biases", () => {
    const weights = initialWeights(CNN, 0);
    expect(weights.map(({ kernel, bias }) => [kernel.length, bias.length])).toEqual([
      [288, 32],
      [18432, 64],
      [102400, 64],
      [640, 10],
    ]);
    expect(weights.every(({ bias }) => bias.every((value) => Object.is(value, 0)))).toBe(true);
  });

  it("have the same bits for the same seed, and different ones for different seeds", () => {
    expect(initialWeights(CNN, 7)).toEqual(initialWeights(CNN, 7));
    const prints = [0, 1, 2, 2 ** 32, 2 ** 53 - 1].map((seed) =>
      weightsFingerprint(initialWeights(CNN, seed)),
    );
    expect(new Set(prints).size).toBe(prints.length);
  });

  it("differ between layers of the same shape", () => {
    const [, twin, other] = initialWeights(
      {
        input: { height: 2, width: 2, channels: 1 },
        layers: [
          { type: "flatten" },
          { type: "dense", units: 8, activation: "relu" },
          { type: "dense", units: 8, activation: "relu" },
          { type: "dense", units: 8, activation: "softmax" },
        ],
      },
      1,
    );
    expect(twin.kernel.length).toBe(other.kernel.length);
    const equal = twin.kernel.filter((value, i) => value === other.kernel[i]).length;
    expect(equal).toBe(0);
  });
});

describe("a fingerprint", () => {
  const weights = (): LayerWeights[] => [
    { kernel: Float32Array.of(1, 2), bias: Float32Array.of(3) },
    { kernel: Float32Array.of(-0.5), bias: Float32Array.of(0) },
  ];

  it("is the SHA-256 of little-endian float32, kernel before bias", () => {
    const bytes = Buffer.alloc(20);
    [1, 2, 3, -0.5, 0].forEach((value, i) => {
      bytes.writeFloatLE(value, 4 * i);
    });
    expect(weightsFingerprint(weights())).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("differs for weights that are equal as numbers but not as bits", () => {
    const changed = weights();
    changed[1].bias[0] = -0;
    expect(weightsFingerprint(changed)).not.toBe(weightsFingerprint(weights()));
  });

  it("covers only the view of a larger buffer", () => {
    const around = Float32Array.of(9, 1, 2, 9);
    const [first, second] = weights();
    expect(weightsFingerprint([{ ...first, kernel: around.subarray(1, 3) }, second])).toBe(
      weightsFingerprint(weights()),
    );
  });
});
