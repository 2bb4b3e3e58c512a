import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readImages } from "../../../src/data/images/image-reader.ts";
import { Counter } from "../../../src/statistics/folder/counter.ts";
import { temporaryFolder } from "../../cli/run.ts";
import { plainMean } from "../../scaling/support.ts";

const kind = { channels: 1, levels: 256, classes: 1, positions: undefined, weight: "pixel" } as const;
const SIZE = { height: 24, width: 40, channels: 1 } as const;

/** Gray images that differ, as JPEG and PNG in turn, and the mean that sharp finds in each. */
async function grayImages(count: number) {
  const folder = temporaryFolder();
  const files = [];
  for (let i = 0; i < count; i++) {
    const values = Uint8Array.from({ length: SIZE.height * SIZE.width }, (_, at) => (at * i + 10 * i) % 256);
    const path = join(folder, `${i}.${i % 2 === 0 ? "jpg" : "png"}`);
    await sharp(values, { raw: SIZE }).toColourspace("b-w").toFile(path);
    const mean = plainMean([...(await sharp(path).raw().toBuffer())]);
    files.push({ path, label: 0, mean });
  }
  return files;
}

describe("Counter", () => {
  it("keeps the images of several counters apart that decode in the same memory", async () => {
    const files = await grayImages(12);
    const counters = [0, 1, 2].map(() => new Counter(kind, { color: "gray" }));
    const found = await Promise.all(counters.map((counter) => counter.sum(files)));
    for (const sums of found) {
      const means = sums.map((each) => ("sums" in each ? each.sums.sum[0] / each.sums.pixels : each.reason));
      expect(means).toEqual(files.map(({ mean }) => mean));
    }
  });

  it("pauses before each image", async () => {
    const files = await grayImages(3);
    let pauses = 0;
    const counter = new Counter(kind, { color: "gray" }, async () => {
      pauses++;
    });
    await counter.count(files);
    expect([pauses, (await counter.takeTally()).images]).toEqual([3, 3]);
  });
});

describe("readImages", () => {
  it("yields each content, and the error of the file that cannot be read", async () => {
    const folder = temporaryFolder();
    const paths = ["first", "missing", "last"].map((name) => join(folder, name));
    for (const path of [paths[0], paths[2]]) writeFileSync(path, path);
    const files = [...paths, "held"].map((path) => ({ path, label: 0 }));
    const held = { ...files[3], content: Uint8Array.of(7) };
    const read = [...readImages([...files.slice(0, 3), held])];
    const contents = await Promise.allSettled(read.map(({ content }) => Promise.resolve(content)));
    expect(read.map(({ file }) => file.path)).toEqual([...paths, "held"]);
    expect(contents.map((each) => each.status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(String(contents[1].status === "rejected" && contents[1].reason)).toContain("no such file");
    expect(contents[2]).toMatchObject({ value: Buffer.from(paths[2]) });
  });
});
