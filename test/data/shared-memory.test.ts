import { describe, expect, it } from "vitest";
import type { Split } from "../../src/data/dataset.ts";
import { shareSplit } from "../../src/data/shared-memory.ts";

const shape = { height: 1, width: 3, channels: 1 };

describe("a split in shared memory", () => {
  it.each<[string, Split["pixels"], Split["labels"]]>([
    ["bytes", Uint8Array.of(0, 1, 127, 128, 254, 255), Uint8Array.of(0, 255)],
    ["16-bit pixels", Uint16Array.of(0, 1, 255, 256, 65_534, 65_535), Uint8Array.of(3, 2)],
    ["floats", Float32Array.of(-1.5, 0, 1 / 3, 1e-30, 65_536, Number.NaN), Uint16Array.of(256, 65_535)],
  ])("has the same %s and labels", (_, pixels, labels) => {
    const split: Split = { pixels, labels, count: 2, shape };
    const shared = shareSplit(split);
    expect(shared).toEqual({ pixels, labels, count: 2, shape });
    for (const [copy, original] of [
      [shared.pixels, pixels],
      [shared.labels, labels],
    ]) {
      expect(copy.constructor).toBe(original.constructor);
      expect(copy.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    // What is shared already is not copied again.
    const again = shareSplit(shared);
    expect([again.pixels, again.labels]).toEqual([shared.pixels, shared.labels]);
    expect([again.pixels === shared.pixels, again.labels === shared.labels]).toEqual([true, true]);
  });

  it("takes a view's values, not its buffer", () => {
    const pixels = Uint16Array.of(9, 9, 1, 2, 3, 9).subarray(2, 5);
    const { pixels: shared } = shareSplit({ pixels, labels: Uint8Array.of(1), count: 1, shape });
    expect([...shared]).toEqual([1, 2, 3]);
    expect(shared.buffer.byteLength).toBe(6);
  });
});
