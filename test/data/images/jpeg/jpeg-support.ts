import { readdirSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { decodeJpeg } from "../../../../src/data/images/jpeg/decode-jpeg.ts";
import type { Raster } from "../../../../src/data/images/raster.ts";
import { RandomStream } from "../../../../src/random.ts";

const folder = new URL("../../../../fixtures/jpeg/", import.meta.url);

export const FIXTURES: readonly string[] = readdirSync(folder);

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)));
}

/** By the kernels, in memory of its own. */
export function decodeAccurate(file: Uint8Array): Raster | undefined {
  const raster = decodeJpeg(file, { dct: "accurate", luma: false });
  return raster && { ...raster, values: raster.values.slice() };
}

/** The stored values as sharp reads them. @throws Error if it finds damage */
export async function bySharp(file: Uint8Array): Promise<Uint8Array> {
  const options = { failOn: "error", ignoreIcc: true } as const;
  const { channels } = await sharp(file, options).metadata();
  const image = sharp(file, options).toColourspace(channels === 1 ? "b-w" : "srgb");
  return new Uint8Array(await image.raw().toBuffer());
}

/** Where a segment begins: its marker, 0xff before it. */
export function segmentAt(file: Uint8Array, marker: number): number {
  for (let at = 2; at < file.length; at += 2 + 256 * file[at + 2] + file[at + 3]) {
    if (file[at + 1] === marker) return at;
  }
  throw new Error("no such segment");
}

/**
 * Compares files with some bits or bytes changed, and some cut off, with what sharp reads.
 *
 * @returns how many were read; a difference, and damage that only sharp finds, is in `wrong`
 */
export async function readDamaged(seed: number, count: number): Promise<{ read: number; wrong: string[] }> {
  const random = new RandomStream(seed, "split");
  const below = (limit: number) => Math.floor(random.uniform() * limit);
  const wrong: string[] = [];
  let read = 0;
  for (let i = 0; i < count; i++) {
    const name = FIXTURES[below(FIXTURES.length)];
    const whole = fixture(name);
    const data = segmentAt(whole, 0xda);
    for (let k = 0; k <= below(3); k++) {
      // Anywhere, in the headers, or in what is behind them.
      const at = [below(whole.length), below(data + 16), data + below(whole.length - data)][below(3)];
      whole[at] = [whole[at] ^ (1 << below(8)), below(256), 255][below(3)];
    }
    const file = below(8) === 0 ? whole.subarray(0, below(whole.length)) : whole;
    const mine = decodeAccurate(file);
    if (mine === undefined) continue;
    read++;
    const theirs = await bySharp(file).catch(String);
    if (typeof theirs === "string" || Buffer.compare(theirs, mine.values as Uint8Array) !== 0) {
      wrong.push(`${i}, ${name}: ${typeof theirs === "string" ? theirs : "other values"}`);
    }
  }
  return { read, wrong };
}
