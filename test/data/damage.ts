import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { PixscaleError } from "../../src/errors.ts";
import { RandomStream } from "../../src/random.ts";

/** What damage must never take longer than, in milliseconds. */
const LONGEST = 5000;

/** Numbers at which lengths, offsets and counts in headers break. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Changes bytes, numbers and slices of a file at random, and cuts it off in some cases. Headers are hit most. */
export function damaged(whole: Uint8Array, random: RandomStream): Uint8Array {
  let bytes = Buffer.from(whole);
  const place = () => random.below(random.below(2) === 0 ? Math.min(256, bytes.length) : bytes.length);
  for (let changes = 1 + random.below(4); changes > 0 && bytes.length > 8; changes--) {
    const at = place();
    const way = random.below(8);
    if (way < 4) bytes[at] = random.below(256);
    else if (way === 4) bytes[at] ^= 1 << random.below(8);
    else if (way === 5) {
      const value = EXTREMES[random.below(EXTREMES.length)];
      const start = Math.min(at, bytes.length - 4);
      if (random.below(2) === 0) bytes.writeUInt32LE(value, start);
      else bytes.writeUInt32BE(value, start);
    } else {
      // A slice twice, or not at all.
      const end = Math.min(bytes.length, at + 1 + random.below(64));
      const rest = way === 6 ? at : end;
      bytes = Buffer.concat([bytes.subarray(0, way === 6 ? end : at), bytes.subarray(rest)]);
    }
  }
  return random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Data, and which of their files is damaged. */
export interface Target {
  /** A file, or a folder. */
  readonly data: string;
  /** The file in the folder. */
  readonly file?: string;
}

/**
 * Damages a file at random many times, always the same way: each time it is read, or refused in one line that names the problem and the
 * remedy, and never takes long.
 *
 * @param read reads the damaged copy of the data
 */
export async function expectReadOrRefused(
  { data, file = "" }: Target,
  mutations: number,
  read: (data: string) => Promise<unknown> = loadDataset,
): Promise<void> {
  const whole = readFileSync(join(data, file));
  const folder = mkdtempSync(join(tmpdir(), "pixscale-damage-"));
  const copy = join(folder, basename(data));
  cpSync(data, copy, { recursive: true });
  let refused = 0;
  try {
    for (let i = 0; i < mutations; i++) {
      writeFileSync(join(copy, file), damaged(whole, new RandomStream(11, "shuffle", i)));
      const start = performance.now();
      const outcome = await read(copy).catch((error: unknown) => error);
      const isSlow = performance.now() - start > LONGEST;
      const isRefused = outcome instanceof Error;
      const isClear = outcome instanceof PixscaleError && /^[^\n]+: [^\n;]+; [^\n]+$/.test(outcome.message);
      const problem = isRefused && !isClear ? (outcome.stack ?? outcome.message) : "";
      if (isSlow || problem !== "") expect.fail(`mutation ${i}: ${isSlow ? "slow" : ""} ${problem}`);
      refused += Number(isRefused);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  // Otherwise the damage hit nothing that is read.
  expect(refused).toBeGreaterThan(mutations / 100);
}
