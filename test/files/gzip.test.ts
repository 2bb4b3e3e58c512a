import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { inProportion } from "../../src/files/gzip.ts";
import { temporaryFolder } from "../cli/run.ts";

const MEGABYTE = 2 ** 20;

async function lengthOf(megabytes: number, size: number): Promise<number> {
  async function* chunks() {
    for (let i = 0; i < megabytes; i++) yield Buffer.alloc(MEGABYTE);
  }
  let length = 0;
  for await (const chunk of inProportion(chunks(), "data.csv.gz", size)) length += chunk.length;
  return length;
}

describe("gzip", () => {
  it("may become 256 MB, or a hundred times its size", async () => {
    expect(await lengthOf(256, 1000)).toBe(256 * MEGABYTE);
    expect(await lengthOf(300, 3 * MEGABYTE)).toBe(300 * MEGABYTE);
    await expect(lengthOf(257, 1000)).rejects.toThrow(
      "data.csv.gz: decompresses to more than 100 times its size; if that is right, decompress it with gunzip and use the result",
    );
  });

  it("that becomes more fills no disk", async () => {
    const path = join(temporaryFolder(), "data.tar.gz");
    writeFileSync(path, gzipSync(Buffer.alloc(300 * MEGABYTE)));
    await expect(loadDataset(path)).rejects.toThrow(
      /data\.tar\.gz: decompresses to more than 100 times its size; /,
    );
  });
});
