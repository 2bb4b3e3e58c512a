import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IntegerPixels, joinSums, NO_SUMS, sumChannels } from "../../src/statistics/channel-sums.ts";

/** One value after the other, in integers without limit. */
function plainSums(values: IntegerPixels, channels: number) {
  return Array.from({ length: channels }, (_, channel) => {
    const own = [...values].filter((_, i) => i % channels === channel);
    const all = own.map(BigInt);
    return {
      sum: all.reduce((sum, value) => sum + value, 0n),
      squares: all.reduce((sum, value) => sum + value * value, 0n),
      min: own.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      max: own.reduce((a, b) => Math.max(a, b), 0),
    };
  });
}

/** Bytes that are often equal, small or large, which random ones rarely are. */
const bytes = fc.record({
  length: fc.integer({ min: 0, max: 20_000 }),
  low: fc.integer({ min: 0, max: 255 }),
  span: fc.integer({ min: 1, max: 256 }),
  seed: fc.nat(),
});

describe("sumChannels", () => {
  it.each([1, 2, 3, 4])("equals plain sums over bytes of %i channels", (channels) => {
    fc.assert(
      fc.property(bytes, ({ length, low, span, seed }) => {
        const values = Uint8Array.from({ length: length - (length % channels) }, (_, i) =>
          Math.min(255, low + ((Math.imul(i + seed, 2654435761) >>> 8) % span)),
        );
        expect(sumChannels(values, channels)).toEqual(plainSums(values, channels));
      }),
    );
  });

  it("does not overflow where all bytes are 255, nor where a piece ends", () => {
    const pixels = 150_001;
    const count = BigInt(pixels);
    const white = { sum: 255n * count, squares: 65025n * count, min: 255, max: 255 };
    expect(sumChannels(new Uint8Array(3 * pixels).fill(255), 3)).toEqual([white, white, white]);
    expect(sumChannels(new Uint8Array(pixels).fill(255), 1)).toEqual([white]);
    const shared = new Uint8Array(new SharedArrayBuffer(3 * pixels));
    for (let i = 1; i < shared.length; i += 3) shared[i] = 255;
    const black = { sum: 0n, squares: 0n, min: 0, max: 0 };
    expect(sumChannels(shared, 3)).toEqual([black, white, black]);
  });

  it("is exact on more 16-bit numbers than a double has bits for", () => {
    const pixels = 2 ** 22 + 3;
    const count = BigInt(pixels);
    const sums = sumChannels(new Uint16Array(pixels).fill(65535), 1);
    expect(sums).toEqual([{ sum: 65535n * count, squares: 65535n ** 2n * count, min: 65535, max: 65535 }]);
  });

  it("joins sums, and no values change nothing", () => {
    const [all] = sumChannels(Uint16Array.of(1, 2, 300), 1);
    const [first] = sumChannels(Uint16Array.of(300), 1);
    const [rest] = sumChannels(Uint16Array.of(1, 2), 1);
    expect(joinSums(first, rest)).toEqual(all);
    expect(joinSums(NO_SUMS, all)).toEqual(all);
  });
});
