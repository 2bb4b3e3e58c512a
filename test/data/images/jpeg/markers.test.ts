import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readMarkers } from "../../../../src/data/images/jpeg/markers.ts";
import { fixture, segmentAt } from "./jpeg-support.ts";

const file = () => fixture("420-17x33.jpg");
const [APP0, APP2, APP14, SOF0, SOF1, DHT, SOS, DQT, DRI] = [
  0xe0, 0xe2, 0xee, 0xc0, 0xc1, 0xc4, 0xda, 0xdb, 0xdd,
];

/** With a segment before all others. */
function withSegment(whole: Uint8Array, marker: number, content: readonly number[]): Uint8Array {
  const length = content.length + 2;
  const segment = [0xff, marker, length >> 8, length & 255, ...content];
  return Uint8Array.of(...whole.subarray(0, 2), ...segment, ...whole.subarray(2));
}

/** Without the first segment of a marker. */
function without(whole: Uint8Array, marker: number): Uint8Array {
  const at = segmentAt(whole, marker);
  const end = at + 2 + 256 * whole[at + 2] + whole[at + 3];
  return Uint8Array.of(...whole.subarray(0, at), ...whole.subarray(end));
}

/** With some bytes of a segment changed, counted from its marker. */
function changed(whole: Uint8Array, marker: number, at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = whole.slice();
  copy.set(bytes, segmentAt(whole, marker) + at);
  return copy;
}

const latin1 = (text: string) => [...Buffer.from(text, "latin1")];
const adobe = (transform: number) => [...latin1("Adobe\0\x64\0\0\0\0"), transform];
const RGB_IDS = [..."RGB"].map((letter) => letter.charCodeAt(0));

/** With other component ids, in the frame and the scan. */
function withIds(whole: Uint8Array, ids: readonly number[]): Uint8Array {
  const copy = whole.slice();
  for (const [i, id] of ids.entries()) {
    copy[segmentAt(whole, SOF0) + 10 + 3 * i] = id;
    copy[segmentAt(whole, SOS) + 5 + 2 * i] = id;
  }
  return copy;
}

describe("the markers of a JPEG", () => {
  it("tell its size, sampling, tables and where the data begins", () => {
    const whole = file();
    const jpeg = readMarkers(whole);
    const at = segmentAt(whole, SOS);
    expect(jpeg).toMatchObject({ height: 17, width: 33, isYcc: true });
    expect(jpeg?.dataAt).toBe(at + 2 + whole[at + 3]);
    expect(jpeg?.components.map(({ across, down }) => [across, down])).toEqual([
      [2, 2],
      [1, 1],
      [1, 1],
    ]);
    // The first row of the file's table is 1, 2, 6, 7, 15, 16, 28, 29 of the zigzag order.
    const table = whole.subarray(segmentAt(whole, DQT) + 5);
    expect(jpeg?.components[0].quantizer.slice(0, 4)).toEqual(
      Uint16Array.of(table[0], table[1], table[5], table[6]),
    );
  });

  it("tell the colours by JFIF, then Adobe, then the ids", () => {
    const plain = without(file(), APP0);
    const isYcc = (whole: Uint8Array) => readMarkers(whole)?.isYcc;
    expect(isYcc(plain)).toBe(true);
    expect(isYcc(withIds(plain, RGB_IDS))).toBe(false);
    expect(isYcc(withIds(file(), RGB_IDS))).toBe(true);
    expect(isYcc(withSegment(plain, APP14, adobe(0)))).toBe(false);
    expect(isYcc(withSegment(withIds(plain, RGB_IDS), APP14, adobe(1)))).toBe(true);
    expect(isYcc(withSegment(file(), APP14, adobe(0)))).toBe(true);
    expect(isYcc(withSegment(plain, APP14, adobe(2)))).toBeUndefined();
  });

  it("may be of the extended process, with restarts and tables of 16 bits", () => {
    const extended = changed(file(), SOF0, 1, SOF1);
    expect(readMarkers(extended)).toEqual(readMarkers(file()));
    expect(readMarkers(withSegment(file(), DRI, [1, 2]))?.interval).toBe(
      readMarkers(file())?.interval || 258,
    );
    const wide = Array.from({ length: 64 }, () => [1, 4]).flat();
    const deep = readMarkers(withSegment(without(file(), DQT), DQT, [0x10, ...wide]));
    expect(deep?.components[0].quantizer).toEqual(new Uint16Array(64).fill(260));
  });

  it.each<[string, (whole: Uint8Array) => Uint8Array]>([
    ["another process", (whole) => changed(whole, SOF0, 1, 0xc2)],
    ["12 bits", (whole) => changed(whole, SOF0, 4, 12)],
    ["no height", (whole) => changed(whole, SOF0, 5, 0, 0)],
    ["more width than libjpeg reads", (whole) => changed(whole, SOF0, 7, 0xff, 0xff)],
    ["four components", (whole) => changed(whole, SOF0, 9, 4)],
    ["no sampling factor", (whole) => changed(whole, SOF0, 11, 0x20)],
    ["the same id twice", (whole) => withIds(whole, [1, 2, 2])],
    ["two frames", (whole) => withSegment(whole, SOF0, [8, 0, 1, 0, 1, 1, 1, 0x11, 0])],
    ["a scan of one of three components", (whole) => changed(whole, SOS, 4, 1)],
    ["a part of the coefficients", (whole) => changed(whole, SOS, 12, 5)],
    ["no quantization table", (whole) => without(without(whole, DQT), DQT)],
    ["a missing code table", (whole) => without(whole, DHT)],
    ["a code of all ones", (whole) => withSegment(whole, DHT, [0, 2, ...new Array(15).fill(0), 0, 1])],
    ["a DC symbol above 15", (whole) => withSegment(whole, DHT, [0, 1, ...new Array(15).fill(0), 16])],
    ["symbols that are cut off", (whole) => withSegment(whole, DHT, [0, 1, ...new Array(15).fill(0)])],
    ["a quantization table that is cut off", (whole) => withSegment(whole, DQT, [0, 1, 2])],
    ["a restart interval of one byte", (whole) => withSegment(whole, DRI, [1])],
    ["JFIF of another major version", (whole) => changed(whole, APP0, 9, 2)],
    ["more than one image", (whole) => withSegment(whole, APP2, latin1("MPF\0"))],
    ["bytes between segments", (whole) => Uint8Array.of(...whole.subarray(0, 2), 0, ...whole.subarray(2))],
  ])("with %s are left to others", (_, change) => {
    expect(readMarkers(change(file()))).toBeUndefined();
  });

  it("of the shared fixtures are read, but for other processes and CMYK", () => {
    const read = (name: string) =>
      readMarkers(
        new Uint8Array(readFileSync(new URL(`../../../../fixtures/images/${name}`, import.meta.url))),
      );
    expect(read("gray.jpg")?.components.length).toBe(1);
    expect(read("p3.jpg")).toBeDefined();
    for (const name of ["progressive.jpg", "cmyk.jpg", "ycck.jpg"]) expect(read(name)).toBeUndefined();
  });
});
