import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type DecodedImage, ownImage, useImage } from "../../../src/data/images/decode.ts";
import { Fitter } from "../../../src/data/images/fit.ts";
import type { ImageOptions } from "../../../src/data/images/image-options.ts";
import { resolveReading } from "../../../src/data/images/reading.ts";
import { UnfitImage } from "../../../src/data/images/unfit-image.ts";

/** What fixtures/make-images.py recorded. */
interface Answer {
  readonly mode: string;
  readonly height: number;
  readonly width: number;
  readonly rgb?: string;
  readonly gray?: string;
  readonly deep?: string;
  readonly mean?: readonly number[];
  /** Of decode_image(channels=3), null where it fails; `luma` with channels=1. */
  readonly tensorflow: string | null;
  readonly luma?: string;
}

const fixture = (name: string) => new URL(`../../../fixtures/${name}`, import.meta.url);
const answers: Record<string, Answer> = JSON.parse(readFileSync(fixture("images.json"), "utf8"));
const entries = Object.entries(answers);
const file = (name: string) => readFileSync(fixture(`images/${name}`));

function decode(name: string, options: ImageOptions = {}): Promise<DecodedImage> {
  return useImage(file(name), resolveReading(options), ownImage);
}

function sha256({ values }: DecodedImage): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash("sha256").update(bytes).digest("hex");
}

describe("decoding like torchvision and Keras", () => {
  it.each(entries.filter(([, { rgb }]) => rgb !== undefined))("gives Pillow's bytes of %s", async (name, {
    height,
    width,
    rgb,
    gray,
  }) => {
    const found = await decode(name);
    expect(found).toMatchObject({ height, width, channels: 3 });
    expect(sha256(found)).toBe(rgb);
    expect(sha256(await decode(name, { like: "keras", color: "gray" }))).toBe(gray);
  });

  // Another library converts the colours, so the bits differ; without subsampled colours by at most about 1 level.
  it.each(
    entries.filter(([, { mean }]) => mean !== undefined),
  )("gives almost Pillow's values of %s", async (name, { height, width, mean = [] }) => {
    const found = await decode(name);
    expect(found).toMatchObject({ height, width, channels: 3 });
    mean.forEach((expected, channel) => {
      const values = Array.from(found.values).filter((_, i) => i % 3 === channel);
      const sum = values.reduce((all, value) => all + value, 0);
      expect(Math.abs(sum / values.length - expected)).toBeLessThan(0.5);
    });
  });

  it.each(
    entries.filter(([, { deep }]) => deep !== undefined),
  )("refuses %s, whose 16-bit gray values Pillow clips, unless 16 bits are kept", async (name, { deep }) => {
    for (const like of ["torchvision", "keras"] as const) {
      const refused = decode(name, { like });
      await expect(refused).rejects.toThrow(UnfitImage);
      await expect(refused).rejects.toMatchObject({
        message: `16-bit gray values, which ${like} cuts off at 255`,
        remedy: "keep them with `depth: 16`",
      });
    }
    const found = await decode(name, { depth: 16, color: "gray" });
    expect(found.values).toBeInstanceOf(Uint16Array);
    expect(sha256(found)).toBe(deep);
  });

  it("keeps 16-bit colours and widens bytes if 16 bits are kept", async () => {
    const [bytes, wide] = [await decode("rgb-16-bit.png"), await decode("rgb-16-bit.png", { depth: 16 })];
    expect(Array.from(wide.values, (value) => value >> 8)).toEqual([...bytes.values]);
    expect(wide.values).not.toEqual(bytes.values);
    const narrow = await decode("rgb.png");
    expect((await decode("rgb.png", { depth: 16 })).values).toEqual(
      Uint16Array.from(narrow.values, (v) => 257 * v),
    );
  });
});

it.each<[string, string, ImageOptions]>([
  ["a JPEG", "444.jpg", {}],
  ["a PNG", "rgb.png", {}],
  ["resized bytes", "rgb.png", { size: { height: 5, width: 7 } }],
  ["resized 16-bit numbers", "rgb-16-bit.png", { size: { height: 5, width: 7 }, depth: 16 }],
])("the pixels of %s stay when the same memory is used again", async (_, name, options) => {
  const reading = resolveReading(options);
  const fitter = new Fitter(reading);
  const first = await useImage(file(name), reading, ownImage, fitter);
  const before = sha256(first);
  for (const other of ["gray.jpg", "gray.png"]) await useImage(file(other), reading, ownImage, fitter);
  expect(sha256(first)).toBe(before);
  expect(sha256(await decode(name, options))).toBe(before);
});

describe("decoding like TensorFlow", () => {
  it.each(entries)("gives decode_image's bytes of %s, or fails where it fails", async (name, {
    tensorflow,
  }) => {
    const found = decode(name, { like: "tensorflow" });
    if (tensorflow === null) await expect(found).rejects.toThrow(/TensorFlow's decode_image/);
    else if (/^TensorFlow|not reproduced/.test(await message(found)))
      expect(name).toMatch(/\.bmp$|^part\.gif$|^cmyk|^ycck/);
    else expect(sha256(await found)).toBe(tensorflow);
  });

  it("gives the luma of JPEG as gray, and refuses other colour as gray", async () => {
    expect(sha256(await decode("420.jpg", { like: "tensorflow", color: "gray" }))).toBe(
      answers["420.jpg"].luma,
    );
    await expect(decode("rgb.png", { like: "tensorflow", color: "gray" })).rejects.toThrow(
      /^colour as gray is not/,
    );
    expect((await decode("gray.png", { like: "tensorflow", color: "gray" })).channels).toBe(1);
  });
});

async function message(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: Error) => error.message,
  );
}

describe("what a file carries", () => {
  const NOTHING = { icc: false, exif: false, alpha: false, avif: false };

  it.each<[string, ImageOptions, Partial<typeof NOTHING>]>([
    ["rgb.png", {}, {}],
    ["p3.jpg", {}, { icc: true }],
    ["p3.png", {}, { icc: true }],
    ["p3.png", { icc: "apply" }, {}],
    ["exif-6.jpg", {}, { exif: true }],
    ["exif-6.png", {}, { exif: true }],
    ["exif-6.webp", {}, { exif: true }],
    ["exif-6.avif", {}, { exif: true, avif: true }],
    ["exif-6.jpg", { exif: "apply" }, {}],
    // In TIFF the orientation is always applied.
    ["exif-6.tif", {}, {}],
    ["rgba.png", {}, { alpha: true }],
    ["palette-transparent.png", {}, { alpha: true }],
    ["rgb-transparent.png", {}, { alpha: true }],
    ["gray-alpha.tga", {}, { alpha: true }],
    ["transparent.gif", {}, { alpha: true }],
    ["alpha.webp", {}, { alpha: true }],
    ["rgba.png", { alpha: "black" }, {}],
    ["cmyk.tif", {}, {}],
  ])("is reported if %s with %j ignores it", async (name, options, expected) => {
    expect((await decode(name, options)).ignored).toEqual({ ...NOTHING, ...expected });
  });

  it("turns all EXIF orientations upright", async () => {
    const stored = await decode("exif-6.png");
    const turned = await decode("exif-6.png", { exif: "apply" });
    expect([turned.height, turned.width]).toEqual([stored.width, stored.height]);
    // The last stored row becomes the first column.
    const corner = 3 * stored.width * (stored.height - 1);
    expect([...turned.values.subarray(0, 3)]).toEqual([...stored.values.subarray(corner, corner + 3)]);
  });

  it("applies a colour profile", async () => {
    const [plain, applied] = [await decode("p3.png"), await decode("p3.png", { icc: "apply" })];
    const off = Array.from(plain.values, (value, i) => Math.abs(value - applied.values[i]));
    // Display P3 has stronger colours than sRGB.
    expect(Math.max(...off)).toBeGreaterThan(20);
    expect((await decode("p3.png", { icc: "apply", depth: 16 })).values.length).toBe(plain.values.length);
  });

  it("is laid over black or white", async () => {
    const [dropped, black, white] = await Promise.all(
      (["drop", "black", "white"] as const).map((alpha) => decode("palette-transparent.png", { alpha })),
    );
    const at = dropped.values.findIndex((value, i) => black.values[i] !== value);
    expect([black.values[at], white.values[at]]).toEqual([0, 255]);
  });
});

describe("formats that are not supported", () => {
  const bytes = (text: string) => Buffer.from(text.padEnd(32, "\0"), "latin1");

  it.each([
    [
      "HEIC",
      bytes("\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
      /^HEIC is not supported; convert to JPEG, for example with /,
    ],
    ["JPEG 2000", bytes("\0\0\0\fjP  \r\n\x87\n"), /^JPEG 2000 is not supported; convert to /],
    ["SVG", bytes('<?xml version="1.0"?><svg xmlns="x"/>'), /^SVG is not supported; convert to /],
    ["PDF", bytes("%PDF-1.7"), /^PDF is not supported; convert to /],
    ["PFM", bytes("Pf\n1 1\n-1.0\n"), /^a float map \(PFM\) is not supported; convert to /],
    ["text", bytes("no image"), /^not an image of a known format$/],
    ["nothing", Buffer.alloc(0), /^the file is empty$/],
  ])("are refused by name: %s", async (_, content, reason) => {
    await expect(useImage(content, resolveReading({}), ownImage)).rejects.toThrow(reason);
  });
});
