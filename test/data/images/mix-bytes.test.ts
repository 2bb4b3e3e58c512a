import fc from "fast-check";
import { expect, it } from "vitest";
import { mixBytes } from "../../../src/data/images/mix-bytes.ts";
import { resizeLikeTensorFlow } from "../../../src/data/images/resize.ts";

const side = fc.integer({ min: 1, max: 40 });
const image = fc
  .record({ height: side, width: side, channels: fc.constantFrom(1, 2, 3, 4) })
  .chain(({ height, width, channels }) => {
    const length = height * width * channels;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((values) => ({ height, width, channels, values }));
  });

it("equals plain float32 arithmetic rounded half up, on random images to random sizes", () => {
  fc.assert(
    fc.property(image, side, side, ({ values, ...from }, height, width) => {
      const plain = resizeLikeTensorFlow(values, from, { height, width }, "bilinear");
      const rounded = Uint8Array.from(plain, (value) => Math.floor(value + 0.5));
      expect([...mixBytes(values, from, { height, width })]).toEqual([...rounded]);
    }),
    { numRuns: 500 },
  );
});

it("equals it where values lie at and just below a half", () => {
  const values = Uint8Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? i >> 1 : 255 - (i >> 1)));
  const from = { height: 1, width: 256, channels: 1 };
  for (const width of [128, 511, 512, 1024, 3001]) {
    const plain = resizeLikeTensorFlow(values, from, { height: 3, width }, "bilinear");
    const rounded = Uint8Array.from(plain, (value) => Math.floor(value + 0.5));
    expect([...mixBytes(values, from, { height: 3, width })]).toEqual([...rounded]);
  }
});
