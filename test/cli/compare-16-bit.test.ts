import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { npyHeader } from "../../src/data/numpy/npy.ts";
import type { Comparison } from "../../src/experiment/comparison.ts";
import { RandomStream } from "../../src/random.ts";
import { jsonHere } from "./here.ts";
import { json, type RunDocument, temporaryFolder } from "./run.ts";

const SHAPE = [12, 10, 1] as const;
const SIZE = 12 * 10;
const TRAIN = 40;
const TEST = 10;
const stream = new RandomStream(5, "shuffle");

/** Random pixels of all 16 bits, the brighter the higher the label. */
function images(count: number): Uint16Array {
  return Uint16Array.from({ length: count * SIZE }, (_, i) =>
    stream.below(32_768 * (1 + (Math.floor(i / SIZE) % 2))),
  );
}

async function npz(): Promise<string> {
  const zip = new ZipFile();
  for (const [split, count] of Object.entries({ train: TRAIN, test: TEST })) {
    const pixels = new Uint8Array(images(count).buffer);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
    zip.addBuffer(Buffer.concat([npyHeader("<u2", [count, ...SHAPE]), pixels]), `x_${split}.npy`);
    zip.addBuffer(Buffer.concat([npyHeader("|u1", [count]), labels]), `y_${split}.npy`);
  }
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  const file = join(temporaryFolder(), "data.npz");
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

async function pngFolder(): Promise<string> {
  const folder = temporaryFolder();
  for (const name of ["dark", "light"]) mkdirSync(join(folder, name));
  const pixels = images(TRAIN);
  for (let i = 0; i < TRAIN; i++) {
    const image = sharp(pixels.subarray(i * SIZE, (i + 1) * SIZE), {
      raw: { width: 10, height: 12, channels: 1 },
    });
    const path = join(folder, i % 2 === 0 ? "dark" : "light", `${i}.png`);
    await image.toColourspace("grey16").png().toFile(path);
  }
  return folder;
}

const data: Record<string, string> = {};

beforeAll(async () => {
  data["a uint16 .npz"] = await npz();
  data["a folder of 16-bit PNGs"] = await pngFolder();
});

describe.concurrent("compare on 16-bit images", () => {
  it.each([
    ["a uint16 .npz"],
    ["a folder of 16-bit PNGs", "--depth", "16"],
  ])("has the fingerprints of train, with %s", async (name, ...depth) => {
    const read = [data[name], ...depth];
    const { splits } = await jsonHere<{ splits: { train: { max: number[] } } }>("stats", ...read);
    expect(splits.train.max[0]).toBeGreaterThan(60_000);
    const settings = ["--epochs", "1", "--batch-size", "8", "--threads", "1"];
    const scalings = ["standardize", "normalize=1/65535+zca"];
    const out = join(temporaryFolder(), "runs");
    const { runs, variants } = await json<Comparison>(
      ...["compare", ...read, ...settings],
      ...["--scalings", scalings.join(","), "--seeds", "2,3", "--out", out],
    );
    expect(runs).toEqual({ planned: 4, finished: 4 });
    for (const scaling of scalings) {
      const run = ["train", ...read, ...settings, "--scaling", scaling, "--seed", "3"];
      const { fingerprint } = await jsonHere<RunDocument>(...run);
      const variant = variants.find((each) => each.name === scaling);
      expect(variant?.runs.find(({ seed }) => seed === 3)?.fingerprint).toBe(fingerprint);
    }
  });
});
