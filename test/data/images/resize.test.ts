import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImageShape } from "../../../src/data/dataset.ts";
import {
  type ImageSize,
  INTERPOLATIONS,
  type Interpolation,
  Resizer,
  resizeLikeTensorFlow,
  type TensorFlowMethod,
} from "../../../src/data/images/resize.ts";

interface Case {
  readonly like: "Pillow" | "TensorFlow";
  readonly seed: number;
  readonly bits: 8 | 16;
  readonly shape: [number, number, number];
  readonly to: [number, number];
  readonly method: Interpolation;
  readonly sha256: string;
}

/** Written by fixtures/make-resize.py; its versions of Pillow and TensorFlow stand in the file. */
const { cases } = JSON.parse(
  readFileSync(new URL("../../../fixtures/resize.json", import.meta.url), "utf8"),
) as { cases: Case[] };

/** The same noise as in fixtures/make-resize.py. */
function noise(length: number, seed: number, bits: 8 | 16): Uint8Array | Uint16Array {
  const values = bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    let x = Math.imul(i + seed * 40503, 2654435761);
    x ^= x >>> 15;
    x = Math.imul(x, 2246822519);
    x ^= x >>> 13;
    values[i] = x >>> (32 - bits);
  }
  return values;
}

function digest(values: Uint8Array | Uint16Array | Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash("sha256").update(bytes).digest("hex");
}

/** Filters as functions of the distance, and their radii. */
const FILTERS: Record<Exclude<Interpolation, "nearest">, [radius: number, weight: (x: number) => number]> = {
  box: [0.5, (x) => (-0.5 < x && x <= 0.5 ? 1 : 0)],
  bilinear: [1, (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0)],
  hamming: [
    1,
    (x) => {
      if (x === 0) return 1;
      const angle = Math.abs(x) * Math.PI;
      const window = Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle);
      return Math.abs(x) < 1 ? (Math.sin(angle) / angle) * window : 0;
    },
  ],
  bicubic: [
    2,
    (x) => {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
    },
  ],
  lanczos: [
    3,
    (x) => {
      const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
      return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
    },
  ],
};

type Image = ImageShape & { values: Uint8Array | Uint16Array };

/** One pass in plain loops: along the width, or along the height. */
function plainPass(
  image: Image,
  filter: keyof typeof FILTERS,
  along: "width" | "height",
  size: number,
): Image {
  const length = image[along];
  if (length === size) return image;
  const [radius, weight] = FILTERS[filter];
  const scale = length / size;
  const stretch = Math.max(1, scale);
  const shape = { height: image.height, width: image.width, channels: image.channels, [along]: size };
  const values = image.values.slice(0, 0).constructor as Uint8ArrayConstructor;
  const out = {
    ...shape,
    values: new values(shape.height * shape.width * shape.channels) as Image["values"],
  };
  const bytes = image.values instanceof Uint8Array;
  for (let y = 0; y < out.height; y++) {
    for (let x = 0; x < out.width; x++) {
      const centre = ((along === "width" ? x : y) + 0.5) * scale;
      const start = Math.max(0, Math.floor(centre - radius * stretch + 0.5));
      const end = Math.min(length, Math.floor(centre + radius * stretch + 0.5));
      const weights: number[] = [];
      for (let i = start; i < end; i++) weights.push(weight((i - centre + 0.5) * (1 / stretch)));
      const total = weights.reduce((sum, w) => sum + w, 0);
      for (let c = 0; c < out.channels; c++) {
        let sum = 0;
        for (const [k, w] of weights.entries()) {
          const [fromY, fromX] = along === "width" ? [y, start + k] : [start + k, x];
          const value = image.values[(fromY * image.width + fromX) * image.channels + c];
          const scaled = (w / total) * (bytes ? 2 ** 22 : 1);
          sum += value * (bytes ? Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5) : scaled);
        }
        const most = bytes ? 255 : 65535;
        const rounded = Math.floor((bytes ? sum / 2 ** 22 : sum) + 0.5);
        out.values[(y * out.width + x) * out.channels + c] = Math.min(most, Math.max(0, rounded));
      }
    }
  }
  return out;
}

function plainNearest(image: Image, { height, width }: ImageSize): Image["values"] {
  const bytes = image.values instanceof Uint8Array;
  const place = (out: number, scale: number) => {
    if (!bytes) return Math.floor((out + 0.5) * scale);
    let sum = scale / 2;
    for (let i = 0; i < out; i++) sum += scale;
    return Math.floor(sum);
  };
  const values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = place(y, image.height / height) * image.width + place(x, image.width / width);
      for (let c = 0; c < image.channels; c++) values.push(image.values[pixel * image.channels + c]);
    }
  }
  return bytes ? Uint8Array.from(values) : Uint16Array.from(values);
}

function plainResize(image: Image, to: ImageSize, interpolation: Interpolation): Image["values"] {
  if (interpolation === "nearest") return plainNearest(image, to);
  const heightFirst = image.height > 100 * image.width && to.height < image.height;
  const order = heightFirst ? (["height", "width"] as const) : (["width", "height"] as const);
  let result = image;
  for (const along of order) result = plainPass(result, interpolation, along, to[along]);
  return result.values;
}

const side = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 }));
const size = fc.record({ height: side, width: side });
const image = fc
  .record({
    height: fc.oneof(side, fc.constant(401)),
    width: side,
    channels: fc.constantFrom(1, 2, 3, 4, 5),
    bits: fc.constantFrom(8 as const, 16 as const),
    seed: fc.nat(1000),
    // Black and white only, which bicubic and Lanczos exceed most.
    extreme: fc.boolean(),
  })
  .map(({ bits, seed, extreme, ...shape }) => {
    const values = noise(shape.height * shape.width * shape.channels, seed, bits);
    return { ...shape, values: extreme ? values.map((v) => (v >> (bits - 1) ? 2 ** bits - 1 : 0)) : values };
  });

describe("Resizer", () => {
  it.each(
    cases.filter(({ like }) => like === "Pillow"),
  )("equals Pillow in every bit: $bits bits, $shape to $to, $method", ({
    seed,
    bits,
    shape: [height, width, channels],
    to,
    method,
    sha256,
  }) => {
    const resizer = new Resizer({ height: to[0], width: to[1] }, method);
    const values = noise(height * width * channels, seed, bits);
    expect(digest(resizer.resize(values, { height, width, channels }))).toBe(sha256);
  });

  it.each(INTERPOLATIONS)("equals plain loops on random images: %s", (interpolation) => {
    fc.assert(
      fc.property(fc.array(image, { minLength: 1, maxLength: 3 }), size, (images, to) => {
        // One resizer for all of them: its memory grows, and its weights change.
        const resizer = new Resizer(to, interpolation);
        const results = images.map((image) => resizer.resize(image.values, image).slice());
        expect(results).toEqual(images.map((image) => plainResize(image, to, interpolation)));
      }),
    );
  });

  it("leaves the image as it is, and each result until the next", () => {
    for (const interpolation of INTERPOLATIONS) {
      const resizer = new Resizer({ height: 6, width: 4 }, interpolation);
      const black = Buffer.alloc(16);
      const first = resizer.resize(black, { height: 4, width: 4, channels: 1 });
      expect([...first]).toEqual(new Array(24).fill(0));
      first[0] = 7;
      expect(black[0]).toBe(0);
      const white = resizer.resize(new Uint8Array(16).fill(255), { height: 4, width: 4, channels: 1 });
      expect([...white]).toEqual(new Array(24).fill(255));
      const same = Uint8Array.from({ length: 24 }, (_, i) => i);
      expect(resizer.resize(same, { height: 6, width: 4, channels: 1 })).toBe(same);
    }
  });

  it("says how much memory a too large image needs", () => {
    const resizer = new Resizer({ height: 40_000, width: 40_000 }, "box");
    const image = { height: 1, width: 1, channels: 3 };
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(() => resizer.resize(Uint8Array.of(1, 2, 3), image)).toThrow(
        /^resize: needs 4\.5 GiB of memory; use smaller images$/,
      );
    }
  });

  it("rejects sizes below 1 and arrays that are not one image", () => {
    for (const height of [0, 1.5, Number.NaN]) {
      expect(() => new Resizer({ height, width: 4 }, "box")).toThrow(RangeError);
    }
    const resizer = new Resizer({ height: 2, width: 2 }, "box");
    expect(() => resizer.resize(new Uint8Array(11), { height: 2, width: 2, channels: 3 })).toThrow(
      "an image of 2 × 2 × 3 has 12 values, not 11",
    );
    expect(() => resizer.resize(new Uint8Array(0), { height: 2, width: 0, channels: 3 })).toThrow(RangeError);
  });
});

describe("resizeLikeTensorFlow", () => {
  it.each(
    cases.filter(({ like }) => like === "TensorFlow"),
  )("equals TensorFlow in every bit: $bits bits, $shape to $to, $method", ({
    seed,
    bits,
    shape: [height, width, channels],
    to,
    method,
    sha256,
  }) => {
    const values = noise(height * width * channels, seed, bits);
    const target = { height: to[0], width: to[1] };
    const result = resizeLikeTensorFlow(
      values,
      { height, width, channels },
      target,
      method as TensorFlowMethod,
    );
    expect(digest(result)).toBe(sha256);
  });
});
