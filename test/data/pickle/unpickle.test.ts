import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isArray, isDict } from "../../../src/data/pickle/python-values.ts";
import { unpickle } from "../../../src/data/pickle/unpickle.ts";
import { PixscaleError } from "../../../src/errors.ts";
import { sha256 } from "../../../src/files/hash.ts";

const folder = new URL("../../../fixtures/pickles/", import.meta.url);
/** What Python reads from them (fixtures/make-pickles.py). */
const EXPECTED: Readonly<
  Record<string, { labels: number[]; shape: number[]; fortran: boolean; sha256: string }>
> = JSON.parse(readFileSync(new URL("pickles.json", folder), "utf8"));

const read = (name: string) => readFileSync(new URL(`${name}.pickle`, folder));

/** Reads a pickle, or checks that it is refused in one line. Returns whether it was read. */
function isRead(file: Uint8Array): boolean {
  try {
    unpickle(file, "a.pickle");
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(PixscaleError);
    expect((error as Error).message).toMatch(/^a\.pickle: [^\n;]+; [^\n]+$/);
    return false;
  }
}

describe("a pickle", () => {
  it.each(Object.entries(EXPECTED))("holds what Python wrote: %s", (name, right) => {
    const dict = unpickle(read(name), name);
    if (!isDict(dict)) return expect.fail("no dict");
    const data = dict.get("data");
    if (!isArray(data)) return expect.fail("no array");
    expect([data.shape, data.type?.code, data.isFortran]).toEqual([right.shape, "u1", right.fortran]);
    const [rows, columns] = data.shape;
    const values = data.isFortran
      ? data.bytes.map((_, i) => data.bytes[(i % columns) * rows + Math.floor(i / columns)])
      : data.bytes;
    expect(sha256(values)).toBe(right.sha256);
    expect([dict.get("labels"), dict.get("mean"), dict.get("none")]).toEqual([right.labels, 0.5, null]);
  });

  it("keeps the byte order of its arrays", () => {
    const dict = unpickle(read("big-endian"), "a");
    expect(isDict(dict) && dict.get("data")).toMatchObject({ type: { code: "u2", isBigEndian: true } });
  });

  it.each([
    ["evil-2", /: it names "posix\.system", which is not run; /],
    ["evil-4", /: it names "posix\.system", which is not run; /],
    ["complex", /: it names "builtins\.complex", which is not run; /],
    ["set", /: the pickle opcode 0x8f, which is not read; /],
    ["objects", /: an array of Python objects; /],
    ["protocol-0", /: not a readable pickle \(it does not begin with a protocol of 2 or more\); /],
  ])("that needs more than values and arrays is refused by name: %s", (name, message) => {
    expect(() => unpickle(read(name), name)).toThrow(message);
  });

  it.each<[string, readonly number[], RegExp]>([
    ["nothing", [], /not a readable pickle/],
    ["no end", [0x80, 2], /it ends early/],
    ["an empty stack", [0x80, 2, 0x2e], /its stack is empty/],
    ["no mark", [0x80, 2, 0x75], /it has no mark/],
    ["a memo that was not stored", [0x80, 2, 0x68, 1], /it recalls what it has not stored/],
    ["a length of 2⁶⁴ − 1", [0x80, 4, 0x8e, ...new Array(8).fill(255)], /it ends early/],
    ["protocol 6", [0x80, 6], /pickle protocol 6, which is not read/],
    ["an integer of 9 bytes", [0x80, 2, 0x8a, 9, ...new Array(9).fill(1)], /an integer of 72 bits/],
    [
      "an object built of no class",
      [0x80, 2, 0x4b, 1, 0x29, 0x62],
      /the state of an object that is no array/,
    ],
  ])("is refused with %s", (_, bytes, message) => {
    expect(() => unpickle(Uint8Array.from(bytes), "a")).toThrow(message);
  });

  it("may hold integers of either sign and up to 64 bits", () => {
    const value = (...bytes: number[]) => unpickle(Uint8Array.of(0x80, 2, ...bytes, 0x2e), "a");
    expect(value(0x4a, 0xfe, 0xff, 0xff, 0xff)).toBe(-2);
    expect(value(0x8a, 2, 0x00, 0xff)).toBe(-256);
    expect(value(0x8a, 0)).toBe(0);
    expect(value(0x8a, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)).toBe(2n ** 63n - 1n);
  });

  it("with changed bytes is read or refused in one line, and never takes long", () => {
    const start = performance.now();
    let refused = 0;
    for (const name of readdirSync(folder).filter((each) => each.endsWith(".pickle"))) {
      const whole = readFileSync(new URL(name, folder));
      const change = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
      fc.assert(
        fc.property(change, fc.option(fc.nat(whole.length)), (bytes, length) => {
          const damaged = Uint8Array.from(whole);
          for (const [at, value] of bytes) damaged[at] = value;
          if (!isRead(damaged.subarray(0, length ?? whole.length))) refused++;
        }),
        { numRuns: 300 },
      );
    }
    expect(refused).toBeGreaterThan(1000);
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it("of any bytes is read or refused in one line", () => {
    const opcodes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(...OPCODES)));
    fc.assert(
      fc.property(opcodes, (bytes) => {
        isRead(Uint8Array.of(0x80, 4, ...bytes, 0x2e));
      }),
      { numRuns: 2000 },
    );
  });
});

const OPCODES = [..."(0125BCGJKMNRTUXabeghijqrstu})]c"].map((opcode) => opcode.charCodeAt(0));
