import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { type Batch, batchCount, batches, batchIndexes, gatherBatch } from "../../src/scaling/batches.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { byteSplits, makeSplit } from "./support.ts";

describe("batchCount", () => {
  it.each([
    [0, 4, 0],
    [1, 4, 1],
    [8, 4, 2],
    [9, 4, 3],
    [3, 100, 1],
  ])("of %i images in batches of %i is %i", (count, batchSize, expected) => {
    expect(batchCount(count, batchSize)).toBe(expected);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses batch size %s", (batchSize) => {
    expect(() => batchCount(10, batchSize)).toThrow(UsageError);
    expect(() => batchCount(10, batchSize)).toThrow(/^`batchSize`: /);
  });
});

const flat = (batches: readonly Uint32Array[]) => batches.flatMap((batch) => [...batch]);

describe("batchIndexes", () => {
  it("follows file order without shuffling, with a short last batch", () => {
    const batches = batchIndexes(5, 2, { shuffle: false, seed: 1, epoch: 1 });
    expect(batches.map((batch) => [...batch])).toEqual([[0, 1], [2, 3], [4]]);
  });

  it("depends on the seed and the epoch alone", () => {
    const order = (seed: number, epoch: number) =>
      flat(batchIndexes(100, 7, { shuffle: true, seed, epoch })).join();
    expect(order(1, 3)).toBe(order(1, 3));
    expect(new Set([order(1, 0), order(1, 1), order(1, 3), order(2, 0), order(2, 3)]).size).toBe(5);
  });

  // Recorded once: a change here changes every recorded training run.
  it("stays the same from version to version", () => {
    expect(flat(batchIndexes(8, 3, { shuffle: true, seed: 0, epoch: 0 }))).toEqual([0, 1, 6, 3, 4, 2, 5, 7]);
  });
});

describe("batches", () => {
  it("hold every image of an epoch exactly once, scaled, with its label", () => {
    fc.assert(
      fc.property(
        byteSplits,
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.nat(),
        fc.nat(5),
        (split, batchSize, shuffle, seed, epoch) => {
          const scaler = Scaler.fit(parseScaling("standardize"), split);
          const size = split.pixels.length / split.count;
          const whole = new Float32Array(split.pixels.length);
          scaler.apply(split.pixels, split.shape, whole);
          const got = [...batches(split, scaler, { batchSize, shuffle, seed, epoch })];

          expect(got).toHaveLength(batchCount(split.count, batchSize));
          got.forEach((batch, index) => {
            expect(batch.size).toBe(Math.min(batchSize, split.count - index * batchSize));
            expect(batch.images).toHaveLength(batch.size * size);
            expect(batch.labels).toHaveLength(batch.size);
            expect(batch.shape).toEqual(split.shape);
          });
          const order = flat(batchIndexes(split.count, batchSize, { shuffle, seed, epoch }));
          expect([...order].sort((a, b) => a - b)).toEqual(order.map((_, index) => index));
          const parts = (part: (batch: Batch) => Iterable<number>) =>
            got.flatMap((batch) => [...part(batch)]);
          expect(parts((batch) => batch.labels)).toEqual(order.map((image) => split.labels[image]));
          expect(parts((batch) => batch.images)).toEqual(
            order.flatMap((image) => [...whole.subarray(image * size, (image + 1) * size)]),
          );
        },
      ),
    );
  });

  const split = makeSplit(
    Uint8Array.from({ length: 10 }, (_, i) => i),
    { height: 1, width: 1, channels: 1 },
  );

  it("keep file order, in batches of 64, by default", () => {
    const [first, ...rest] = [...batches(split, Scaler.fit([], split))];
    expect(rest).toEqual([]);
    expect([...first.images]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("have their own memory", () => {
    const [first, second] = [...batches(split, Scaler.fit([], split), { batchSize: 5 })];
    expect([first.images[0], second.images[0]]).toEqual([0, 5]);
  });

  it("refuse a wrong batch size and a wrong seed", () => {
    const scaler = Scaler.fit([], split);
    expect(() => batches(split, scaler, { batchSize: 0 }).next()).toThrow(/^`batchSize`: /);
    expect(() => batches(split, scaler, { shuffle: true, seed: -1 }).next()).toThrow(/^`seed`: /);
  });
});

describe("gatherBatch", () => {
  const split = makeSplit(Uint8Array.of(10, 20, 30, 40), { height: 1, width: 1, channels: 1 });
  const scaler = Scaler.fit(parseScaling("normalize=2"), split);

  it("writes to the beginning of its outputs and nowhere else", () => {
    const images = new Float32Array(4).fill(-1);
    const labels = new Int32Array(4).fill(-1);
    gatherBatch(split, Uint32Array.of(1, 0), scaler, images, labels);
    expect([...images]).toEqual([40, 20, -1, -1]);
    expect([...labels]).toEqual([1, 0, -1, -1]);
  });

  it("refuses outputs that are too small", () => {
    const order = Uint32Array.of(0, 1, 2, 3);
    const gather = (images: number, labels: number) =>
      gatherBatch(split, order, scaler, new Float32Array(images), new Uint8Array(labels));
    expect(() => gather(3, 4)).toThrow(RangeError);
    expect(() => gather(4, 3)).toThrow(RangeError);
  });
});
