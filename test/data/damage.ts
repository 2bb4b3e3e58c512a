import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { PixscaleError } from "../../src/errors.ts";

/** Damages a file at random many times: each time it is read, or refused in one line that names the problem and the remedy. */
export async function expectReadOrRefused(path: string, numRuns: number): Promise<void> {
  const whole = await readFile(path);
  const folder = await mkdtemp(join(tmpdir(), "pixscale-damage-"));
  const damagedPath = join(folder, basename(path));
  const byte = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
  const change = fc.record({
    bytes: fc.array(byte, { minLength: 1, maxLength: 4 }),
    length: fc.oneof({ weight: 3, arbitrary: fc.constant(whole.length) }, fc.nat(whole.length)),
  });
  try {
    await fc.assert(
      fc.asyncProperty(change, async ({ bytes, length }) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of bytes) damaged[at] = value;
        await writeFile(damagedPath, damaged.subarray(0, length));
        const outcome = await loadDataset(damagedPath).catch((error: unknown) => error);
        if (!(outcome instanceof Error)) return;
        expect(outcome).toBeInstanceOf(PixscaleError);
        expect(outcome.message).toMatch(/^[^\n]+: [^\n;]+; [^\n]+$/);
      }),
      { numRuns },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
