import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { here, jsonHere } from "./here.ts";
import { npyFolder } from "./npy-folder.ts";
import { errorLine, temporaryFolder } from "./run.ts";

let cache: string;
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterEach(() => vi.unstubAllEnvs());

const pixels = () => Float32Array.from({ length: 1000 * 64 * 4 }, (_, i) => (i * 7919) % 1000);

describe("data that do not fit into memory", () => {
  it("are scaled with the same output, listed, and cleared", async () => {
    const folder = npyFolder(pixels(), [1000, 8, 8, 4]);
    const whole = await jsonHere("standardize", folder, "--axis", "channel");
    expect(await jsonHere<unknown>("cache")).toMatchObject({ entries: [], bytes: 0 });
    expect(await jsonHere("standardize", folder, "--axis", "channel", "--max-memory", "1MB")).toEqual(whole);
    const { entries } = await jsonHere<{ entries: { data: string; bytes: number }[] }>("cache");
    expect(entries).toMatchObject([{ data: folder }]);
    // 2,000 images of 8 × 8 × 4 float32 values, a checksum and a label each, and the document.
    expect(entries[0].bytes).toBeGreaterThan(2000 * (256 * 4 + 5));
    expect(entries[0].bytes).toBeLessThan(2000 * (256 * 4 + 5) + 2000);
    expect((await here("cache")).stdout).toMatch(
      /2\.06 MB[\s\S]*1 dataset, 2\.06 MB in .*; --clear removes all\n$/,
    );
    expect((await here("cache", "--clear")).stdout).toMatch(/^removed 1 dataset, 2\.06 MB from /);
    expect((await here("cache")).stdout).toMatch(/ is empty\n$/);
  });

  it("are refused without a cache, and with a wrong size", async () => {
    const folder = npyFolder(pixels(), [1000, 8, 8, 4]);
    expect(errorLine(await here("stats", folder, "--no-cache", "--max-memory", "1 MB"), 1)).toMatch(
      /its pixels take 2\.05 MB, more than the 1\.00 MB of memory that data may take; leave out --no-cache, or choose a larger --max-memory/,
    );
    expect(errorLine(await here("stats", folder, "--max-memory", "1"), 2)).toMatch(
      /--max-memory: must be a number of MB or GB \(got "1"\); use a size such as 2GB$/,
    );
  });

  it("are listed with what a killed process left", async () => {
    const left = join(cache, "pixscale/data/1.tmp");
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, "train.pixels"), "123");
    expect((await here("cache")).stdout).toContain("(unfinished)");
    await here("cache", "--clear");
    expect(await jsonHere<unknown>("cache")).toMatchObject({ entries: [] });
  });
});
