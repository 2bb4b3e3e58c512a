import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { ImageReader } from "../../../src/data/images/image-reader.ts";
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

describe("ImageReader", () => {
  it("reads shorter and longer files and empty ones in the same memory", () => {
    const folder = temporaryFolder();
    const texts = ["longer", "short", "", "the longest", "long"];
    const files = texts.map((text, i) => ({ path: join(folder, String(i)), label: 0, text }));
    for (const { path, text } of files) writeFileSync(path, text);
    const reader = new ImageReader();
    const found = Array.from(reader.read(files), ({ content }) =>
      Buffer.from(content as Uint8Array).toString(),
    );
    expect(found).toEqual(texts);
  });

  it("yields each content, and the error of the file that cannot be read", async () => {
    const folder = temporaryFolder();
    const paths = ["first", "missing", "last"].map((name) => join(folder, name));
    for (const path of [paths[0], paths[2]]) writeFileSync(path, path);
    const files = [...paths, "held"].map((path) => ({ path, label: 0 }));
    const held = { ...files[3], content: Uint8Array.of(7) };
    const found: [string, string][] = [];
    const reader = new ImageReader();
    for (const { file, content } of reader.read([...files.slice(0, 3), held])) {
      const text = Promise.resolve(content).then((bytes) => Buffer.from(bytes).toString("latin1"));
      found.push([file.path, await text.catch(String)]);
    }
    expect(found.map(([path]) => path)).toEqual([...paths, "held"]);
    expect([found[0][1], found[2][1], found[3][1]]).toEqual([paths[0], paths[2], "\x07"]);
    expect(found[1][1]).toContain("no such file");
  });
});
