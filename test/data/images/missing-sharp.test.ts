import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { ImageDecoder, imageKind } from "../../../src/data/images/image-decoder.ts";

vi.mock("sharp", () => {
  throw new Error("Cannot find package 'sharp'");
});

const file = (name: string) => ({
  path: fileURLToPath(new URL(`../../../fixtures/images/${name}`, import.meta.url)),
  label: 0,
});

describe("without sharp", () => {
  it.each(["420.jpg", "gray.jpg", "exif-6.jpg", "interlaced.gif"])("%s is decoded", async (name) => {
    expect(await new ImageDecoder({}).decode(file(name))).toMatchObject({ channels: 3 });
  });

  it.each([
    ["PNG with a palette", "palette-4-bit.png"],
    ["progressive JPEG", "progressive.jpg"],
  ])("a %s file is not damaged, but asks for sharp", async (_, name) => {
    await expect(imageKind(file(name), {})).rejects.toThrow(
      /^sharp: cannot be loaded to decode images; run npm install sharp, /,
    );
  });
});
