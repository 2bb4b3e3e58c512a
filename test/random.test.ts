import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { philox4x32, RandomStream, shuffledIndices } from "../src/random.ts";

function draw(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.nextUint32());
}

describe("philox4x32", () => {
  // Known answers of Random123 (tests/kat_vectors): counter, key, output.
  it.each([
    ["00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("maps counter %s and key %s to %s", (counter, key, output) => {
    const words = (text: string) => text.split(" ").map((word) => Number.parseInt(word, 16));
    const out = new Uint32Array(4);
    philox4x32(words(counter) as [number, number, number, number], words(key) as [number, number], out);
    expect([...out]).toEqual(words(output));
  });
});

describe("RandomStream", () => {
  it("takes its numbers from consecutive blocks of its counter and key", () => {
    const out = new Uint32Array(8);
    philox4x32([0, 7, 2, 0], [0x89abcdef, 0x1234], out.subarray(0, 4));
    philox4x32([1, 7, 2, 0], [0x89abcdef, 0x1234], out.subarray(4));
    expect(draw(new RandomStream(0x123489abcdef, "shuffle", 7), 8)).toEqual([...out]);
  });

  it("repeats for the same seed, purpose and index, and differs for any other", () => {
    const first = draw(new RandomStream(5, "shuffle", 3), 8);
    expect(draw(new RandomStream(5, "shuffle", 3), 8)).toEqual(first);
    const others = [
      new RandomStream(6, "shuffle", 3),
      new RandomStream(5 + 2 ** 32, "shuffle", 3),
      new RandomStream(5, "weights", 3),
      new RandomStream(5, "validation", 3),
      new RandomStream(5, "shuffle", 4),
    ];
    const all = [first, ...others.map((stream) => draw(stream, 8))].flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it("is not correlated with the next stream", () => {
    const a = new RandomStream(0, "shuffle", 0);
    const b = new RandomStream(0, "shuffle", 1);
    const count = 20_000;
    let products = 0;
    for (let i = 0; i < count; i++) {
      products += (a.uniform() - 0.5) * (b.uniform() - 0.5);
    }
    // The standard deviation of the mean product is 1/12/sqrt(count).
    expect(Math.abs(products / count)).toBeLessThan((5 / 12) * count ** -0.5);
  });

  it("draws uniform numbers that float32 holds exactly", () => {
    const stream = new RandomStream(1, "weights");
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const value = stream.uniform();
      expect(Math.fround(value)).toBe(value);
      bins[Math.floor(value * 16)]++;
    }
    expect(bins).toHaveLength(16);
    const chiSquare = bins.reduce((sum, bin) => sum + (bin - 1000) ** 2 / 1000, 0);
    // 99.99 % of chi-square with 15 degrees of freedom is below 44.3.
    expect(chiSquare).toBeLessThan(44.3);
  });

  it("draws every integer below n about equally often, even where a plain remainder would not", () => {
    const stream = new RandomStream(2, "shuffle");
    const n = 3 * 2 ** 30;
    const bins = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const value = stream.below(n);
      expect(value).toBeLessThan(n);
      bins[Math.floor(value / 2 ** 30)]++;
    }
    // A remainder alone would put half of them in the first bin.
    for (const bin of bins) {
      expect(Math.abs(bin - 10_000)).toBeLessThan(500);
    }
    expect(stream.below(1)).toBe(0);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses seed %s", (seed) => {
    const problem = `must be a whole number from 0 to 2^53 - 1 (got "${seed}")`;
    expect(() => new RandomStream(seed, "shuffle")).toThrow(`\`seed\`: ${problem}; `);
    expect(() => new RandomStream(seed, "split")).toThrow(`\`splitSeed\`: ${problem}; `);
  });

  it.each([-1, 0.5, 2 ** 32])("refuses index %s", (index) => {
    expect(() => new RandomStream(0, "shuffle", index)).toThrow(RangeError);
  });

  it.each([0, 1.5, 2 ** 32 + 1])("refuses to draw below %s", (n) => {
    expect(() => new RandomStream(0, "shuffle").below(n)).toThrow(RangeError);
  });
});

describe("shuffledIndices", () => {
  it("is a permutation", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(), (count, seed) => {
        const indices = shuffledIndices(count, new RandomStream(seed, "shuffle"));
        expect([...indices].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  it("gives each permutation of three about equally often", () => {
    const times = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = shuffledIndices(3, new RandomStream(0, "shuffle", epoch)).join();
      times.set(order, (times.get(order) ?? 0) + 1);
    }
    expect(times.size).toBe(6);
    for (const count of times.values()) {
      expect(Math.abs(count - 1000)).toBeLessThan(150);
    }
  });
});
