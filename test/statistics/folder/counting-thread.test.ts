import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { CountingThread } from "../../../src/statistics/folder/counting-thread.ts";
import { temporaryFolder } from "../../cli/run.ts";

const kind = {
  channels: 1,
  levels: 256,
  classes: 2,
  positions: { height: 1, width: 2, channels: 1 },
  weight: "pixel",
} as const;

async function grayPixels(...values: readonly number[]): Promise<string> {
  const path = join(temporaryFolder(), "image.png");
  await sharp(Uint8Array.from(values), { raw: { height: 1, width: 2, channels: 1 } })
    .png()
    .toFile(path);
  return path;
}

describe("CountingThread", () => {
  it("counts the given images, and starts again after each tally", async () => {
    const [first, second] = [await grayPixels(3, 4), await grayPixels(5, 250)];
    const thread = new CountingThread();
    try {
      await thread.begin(kind, { color: "gray" });
      const damaged = { path: join(temporaryFolder(), "damaged.png"), label: 0 };
      writeFileSync(damaged.path, "no image");
      const skipped = await thread.count([{ path: first, label: 0 }, damaged, { path: second, label: 1 }]);
      expect(skipped.map(({ path }) => path)).toEqual([damaged.path]);
      const tally = await thread.takeTally();
      expect([tally.labelCounts, tally.skipped, tally.images]).toEqual([[1, 1], 1, 2]);
      expect(tally.moments("pixel")).toMatchObject({
        mean: Float64Array.of(4, 127),
        std: Float64Array.of(1, 123),
        min: Float64Array.of(3, 4),
        max: Float64Array.of(5, 250),
      });
      expect((await thread.takeTally()).images).toBe(0);
    } finally {
      await thread.close();
    }
  });

  it("rejects all orders once its thread has ended", async () => {
    const path = await grayPixels(1, 2);
    const thread = new CountingThread();
    await thread.begin(kind, { color: "gray" });
    const many = thread.count(Array.from({ length: 20_000 }, () => ({ path, label: 0 })));
    thread.close();
    const message = "images: a decoding thread ended; try again";
    await expect(many).rejects.toThrow(message);
    await expect(thread.takeTally()).rejects.toThrow(message);
  });
});
