import { describe, expect, it } from "vitest";
import { avifOrientation } from "../../../src/data/images/headers.ts";

function box(name: string, ...content: Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + bytes.length);
  head.write(name, 4, "latin1");
  return Buffer.concat([head, bytes]);
}

describe("the orientation of an AVIF", () => {
  // As Pillow 12.3 reports it for its test images rot0mir0.avif … rot3mir1.avif.
  it.each([
    [0, 0, 4],
    [1, 0, 5],
    [2, 0, 2],
    [3, 0, 7],
    [0, 1, 2],
    [1, 1, 7],
    [2, 1, 4],
    [3, 1, 5],
  ])("with irot %i and imir %i is %i", (turns, mirror, orientation) => {
    const properties = box("ipco", box("irot", Uint8Array.of(turns)), box("imir", Uint8Array.of(mirror)));
    const file = box("meta", new Uint8Array(4), box("iprp", properties));
    expect(avifOrientation(new Uint8Array(file))).toBe(orientation);
  });
});
