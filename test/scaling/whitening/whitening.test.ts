import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { imageSize, type Split } from "../../../src/data/dataset.ts";
import { parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import { symmetricFromText, symmetricToText } from "../../../src/scaling/whitening/symmetric-text.ts";
import { Whitening } from "../../../src/scaling/whitening/whitening.ts";
import { SecondMoments } from "../../../src/statistics/second-moments.ts";
import { asFloats, makeSplit, plainStd, valuesByGroup, worstError } from "../support.ts";

function applied(scaler: Scaler, split: Split): Float32Array {
  const out = new Float32Array(split.pixels.length);
  scaler.apply(split.pixels, split.shape, out);
  return out;
}

/** XᵀX in doubles, one product after the other. */
function plainMoments(rows: readonly (readonly number[])[], width: number): number[] {
  return Array.from({ length: width * width }, (_, at) => {
    const [i, j] = [Math.floor(at / width), at % width];
    return rows.reduce((sum, row) => sum + row[i] * row[j], 0);
  });
}

function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (_, i) => values[row * width + i]),
  );
}

/** Bytes that vary in every direction: 40 images of up to 9 values, from a generator of its own. */
const SHAPE = { height: 3, width: 1, channels: 3 };
const varied = makeSplit(
  Uint8Array.from({ length: 40 * imageSize(SHAPE) }, (_, i) => (i * i * 31 + ((i * 7919) >> 3)) % 251),
  SHAPE,
);

describe("SecondMoments", () => {
  it("equal plain arithmetic, exactly for bytes, for any width and number of images", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 19 }),
        fc.constantFrom(1, 2, 7, 255, 256, 257, 515),
        fc.integer({ min: 1, max: 250 }),
        (width, count, seed) => {
          const bytes = Uint8Array.from({ length: width * count }, (_, i) => (i * seed * 7 + (i >> 3)) % 256);
          const expected = plainMoments(rowsOf(bytes, width), width);
          const ofBytes = new SecondMoments(width, "bytes");
          ofBytes.addBytes(bytes);
          expect([...ofBytes.matrix()]).toEqual(expected);
          const ofDoubles = new SecondMoments(width, "doubles");
          ofDoubles.addDoubles(Float64Array.from(bytes));
          expect([...ofDoubles.matrix()]).toEqual(expected);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("add up over calls, also for the largest bytes", () => {
    const moments = new SecondMoments(2, "bytes");
    for (let call = 0; call < 3; call++) moments.addBytes(new Uint8Array(2 * 1001).fill(255));
    expect([...moments.matrix()]).toEqual(new Array(4).fill(3 * 1001 * 255 * 255));
  });
});

describe("Whitening", () => {
  it("has the same output bits with any number of threads, and with one again after that", async () => {
    const size = 37;
    const matrix = Float32Array.from({ length: size * size }, (_, i) => ((i * 13) % 17) / 7);
    const whitening = new Whitening(
      matrix,
      { shift: Float64Array.of(1.5), scale: Float64Array.of(0.3) },
      size,
    );
    const shape = { height: 1, width: size, channels: 1 };
    const pixels = Uint8Array.from({ length: 130 * size }, (_, i) => (i % 4 === 0 ? 0 : (i * 31) % 256));
    const order = Uint32Array.from({ length: 130 }, (_, i) => (i * 7) % 130);
    const results = (): Float32Array[] =>
      [1, 2, 64, 65, 130].map((count) => {
        const out = new Float32Array(count * size);
        for (let time = 0; time < 20; time++) {
          out.fill(Number.NaN);
          whitening.apply(pixels, shape, order.subarray(0, count), out);
        }
        return out;
      });
    const alone = results();
    for (const threads of [2, 3]) {
      const end = await whitening.useThreads(threads);
      expect(results()).toEqual(alone);
      await end();
      expect(results()).toEqual(alone);
    }
  });

  it("multiplies by a matrix after a map, for any size and number of images", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 5, 64, 65, 130), (size, count) => {
        const matrix = Float32Array.from({ length: size * size }, (_, i) => ((i * 13) % 17) - 8);
        const map = { shift: Float64Array.of(1.5), scale: Float64Array.of(0.25) };
        const images = Float64Array.from({ length: size * count }, (_, i) => (i % 3 === 0 ? 0 : i % 11));
        const expected = rowsOf(images, size).flatMap((image) =>
          rowsOf(matrix, size).map((row) =>
            row.reduce((sum, factor, k) => sum + factor * (image[k] - 1.5) * 0.25, 0),
          ),
        );
        new Whitening(matrix, map, size).applyInPlace(images);
        expect(worstError(images, expected)).toBeLessThan(1e-4);
      }),
      { numRuns: 30 },
    );
  });
});

describe("zca", () => {
  it.each([
    ["zca", "pixel"],
    ["zca", "global"],
    ["normalize+zca", "channel"],
    ["standardize+zca", "pixel"],
    ["samplewise-unit-std+zca", "channel"],
    ["zca=0+normalize=1", "global"],
  ] as const)("%s with axis %s makes every value's second moment 1 and those of every two 0", (scaling, axis) => {
    for (const split of [varied, asFloats(varied)]) {
      const out = applied(Scaler.fit(parseScaling(scaling), split, { axis }), split);
      const size = imageSize(SHAPE);
      const moments = plainMoments(rowsOf(out, size), size).map((sum) => sum / split.count);
      const identity = moments.map((_, at) => (Math.floor(at / size) === at % size ? 1 : 0));
      expect(worstError(moments, identity)).toBeLessThan(2e-4);
    }
  });

  it("drops directions in which the training images never vary, whatever other images have there", () => {
    const shape = { height: 1, width: 3, channels: 1 };
    // The second value is twice the first; the third never changes.
    const train = makeSplit(Uint8Array.of(1, 2, 7, 5, 10, 7, 6, 12, 7, 8, 16, 7), shape);
    const scaler = Scaler.fit(parseScaling("zca"), train, { axis: "pixel" });
    // Mean (5, 10, 7); along (1, 2)/√5 the deviation is √5·√6.5.
    const along = (x: number) => (x * Math.sqrt(5)) / Math.sqrt(5 * 6.5) / Math.sqrt(5);
    expect(worstError(applied(scaler, train).subarray(0, 3), [along(-4), 2 * along(-4), 0])).toBeLessThan(
      1e-6,
    );
    const other = makeSplit(Uint8Array.of(7, 9, 200), shape);
    expect(worstError(applied(scaler, other), [0, 0, 0])).toBeLessThan(1e-6);
  });

  it("turns a constant training split into zeros", () => {
    const split = makeSplit(new Uint8Array(4 * 9).fill(77), SHAPE);
    expect([...applied(Scaler.fit(parseScaling("zca"), split, { axis: "pixel" }), split)]).toEqual(
      new Array(36).fill(0),
    );
  });

  it("leaves later steps to be fitted on its output", () => {
    const scaler = Scaler.fit(parseScaling("zca=50+standardize"), varied, { axis: "channel" });
    const out = applied(scaler, varied);
    for (const values of valuesByGroup(out, SHAPE, "channel")) expect(plainStd(values)).toBeCloseTo(1, 4);
  });

  it("comes back from JSON with the same output bits, also for chosen images", () => {
    const scaler = Scaler.fit(parseScaling("normalize+zca+center"), varied, { axis: "channel" });
    const text = JSON.stringify(scaler);
    const loaded = Scaler.fromJSON(JSON.parse(text), "scaler.json");
    expect(JSON.stringify(loaded)).toBe(text);
    const whole = applied(scaler, varied);
    expect(applied(loaded, varied)).toEqual(whole);
    const picked = new Float32Array(3 * 9);
    loaded.applyTo(varied, Uint32Array.of(0, 17, 5), picked);
    expect([...picked]).toEqual([0, 17, 5].flatMap((image) => [...whole.subarray(image * 9, image * 9 + 9)]));
  });

  it("refuses images of another shape on every axis, and images that are too large", () => {
    const scaler = Scaler.fit(parseScaling("zca"), varied);
    const other = { height: 1, width: 1, channels: 3 };
    expect(() => scaler.apply(new Uint8Array(3), other, new Float32Array(3))).toThrow(
      /^scaler: fitted .* on images of 3×1×3, .*; use images of 3×1×3$/,
    );
    const large = makeSplit(new Uint8Array(64 * 65), { height: 64, width: 65, channels: 1 });
    expect(() => Scaler.fit(parseScaling("zca"), large)).toThrow(
      /^zca: images of 64×65×1 have 4160 values, /,
    );
  });
});

describe("symmetricToText", () => {
  it("is read back to the same bits, and refuses anything else", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 6, maxLength: 6 }),
        (v) => {
          const matrix = Float32Array.of(v[0], v[1], v[2], v[1], v[3], v[4], v[2], v[4], v[5]);
          expect(symmetricFromText(symmetricToText(matrix), 3)).toEqual(matrix);
        },
      ),
    );
    expect(symmetricToText(Float32Array.of(1))).toBe("AACAPw==");
    expect(symmetricFromText("AACAPw==", 2)).toBeUndefined();
    expect(symmetricFromText("AADAfw==", 1)).toBeUndefined();
  });
});
