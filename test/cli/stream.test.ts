import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { understandFolder } from "../../src/data/images/layout.ts";
import { loadDataset } from "../../src/data/load.ts";
import { folderEntries } from "../../src/files/folder-entries.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { measure } from "../../src/statistics/measure.ts";
import { here, jsonHere } from "./here.ts";
import { npyFolder } from "./npy-folder.ts";
import { errorLine, json, pixscale, type StatsDocument, start, temporaryFolder } from "./run.ts";

const COUNT = 31;

let folder: string;

beforeAll(async () => {
  folder = temporaryFolder();
  for (const name of ["a", "b", "c"]) mkdirSync(join(folder, name));
  for (let i = 0; i < COUNT; i++) {
    const values = Uint8Array.from({ length: 9 * 7 * 3 }, (_, k) => (k * k * (i + 3) + 31 * i) % 256);
    await sharp(values, { raw: { height: 9, width: 7, channels: 3 } })
      .jpeg()
      .toFile(join(folder, "abc"[i % 3], `${i}.jpg`));
  }
  writeFileSync(join(folder, "b", "broken.jpg"), Buffer.from([0xff, 0xd8, 0xff, 0, 1, 2]));
});

/** Measures the folder in parts and returns their files. */
async function parts(count: number, ...args: string[]): Promise<string[]> {
  const within = temporaryFolder();
  const files = Array.from({ length: count }, (_, i) => join(within, `part${i + 1}.json`));
  await Promise.all(
    files.map(async (file, i) => {
      const shard = ["--shard", `${i + 1}/${count}`, "--save", file];
      expect((await pixscale("stats", folder, ...args, ...shard, "--quiet")).status).toBe(0);
    }),
  );
  return files;
}

describe.concurrent("the statistics of a folder of images", () => {
  it.each([
    "global",
    "channel",
    "pixel",
  ] as const)("equal those of all images in memory, along %s", async (axis) => {
    const { stdout } = await pixscale("stats", folder, "--axis", axis, "--json");
    const { splits } = JSON.parse(stdout) as StatsDocument;
    const dataset = await loadDataset(folder);
    for (const name of ["train", "test"] as const) {
      const { mean, std, min, max, count } = measure(dataset[name], axis);
      const { shape, ...found } = splits[name];
      expect(shape).toEqual([dataset[name].count, 9, 7, 3]);
      expect(found).toMatchObject({ valuesPerStatistic: count, mean: [...mean], std: [...std] });
      expect(found).toMatchObject({ min: [...min], max: [...max] });
    }
    expect(splits.train.shape[0] + splits.test.shape[0]).toBe(COUNT);
  });

  it.each([
    [["--axis", "pixel"]],
    [["--size", "5x5", "--color", "gray"]],
  ])("are the same bits from shards, with %j", async (args) => {
    const files = await parts(3, ...args);
    const axis = args.includes("pixel") ? args : [];
    const merged = await here("stats", ...axis, "--json", "--merge", ...files.reverse());
    const whole = await pixscale("stats", folder, ...args, "--json", "--quiet");
    expect(merged.stdout).toBe(whole.stdout);
    expect(JSON.parse(whole.stdout).splits.train.skipped + JSON.parse(whole.stdout).splits.test.skipped).toBe(
      1,
    );
  });

  it("save the scaler that fitting in memory gives", async () => {
    const file = join(temporaryFolder(), "scaler.json");
    const args = ["--axis", "channel", "--scaling", "normalize+standardize", "--save", file];
    expect((await pixscale("stats", folder, ...args)).status).toBe(0);
    const { train } = await loadDataset(folder);
    const scaler = Scaler.fit(parseScaling("normalize+standardize"), train, { axis: "channel" });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(scaler)));
    const line = errorLine(await here("stats", folder, "--scaling", "zca", "--save", file, "--quiet"), 2);
    expect(line).toMatch(/^--scaling: "zca" needs the images, and only their statistics are known; /);
  });

  it("have shards without images when there are more shards than test images", async () => {
    const reading = ["--size", "2x2", "--test-split", "0.05"];
    const files = await parts(3, ...reading);
    const merged = await here("stats", "--json", "--merge", ...files);
    expect(merged.stdout).toBe((await pixscale("stats", folder, ...reading, "--json", "--quiet")).stdout);
    expect((JSON.parse(merged.stdout) as StatsDocument).splits.test.shape[0]).toBeLessThan(3);
    expect(errorLine(await here("stats", "--axis", "pixel", "--merge", ...files), 2)).toBe(
      "--axis: the parts have no per-pixel statistics; measure them again with --axis pixel",
    );
  });

  it("cannot be merged from files that do not belong together", async () => {
    const [one, two] = await parts(2);
    const [other] = await parts(2, "--size", "4x4");
    const refused = async (...files: string[]) => errorLine(await here("stats", "--merge", ...files), 1);
    expect(await refused(one)).toBe("--merge: missing part 2 of 2; list the files of all parts");
    expect(await refused(one, two, one)).toBe(`${one}: part 1, like "${one}"; list each part once`);
    expect(await refused(two, other)).toMatch(
      /part1\.json: images or settings differ from those of ".*part2\.json"; /,
    );
    expect(await refused(join(folder, "none.json"))).toMatch(/none\.json: no such file or folder; /);
    const damage = async (change: (part: Record<string, unknown>) => unknown) => {
      const file = join(temporaryFolder(), "damaged.json");
      writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(one, "utf8")))));
      return refused(file, two);
    };
    expect(await damage(() => ({}))).toMatch(/damaged\.json: not a part of statistics \(/);
    expect(await damage((part) => ({ ...part, version: 1 }))).toMatch(
      /version "1" of the part format, but only "5" is supported; /,
    );
    for (const change of [
      { shard: { part: 3, of: 2 } },
      { splits: {} },
      { classNames: ["one"] },
      { more: 1 },
    ]) {
      expect(await damage((part) => ({ ...part, ...change }))).toMatch(
        /damaged\.json: damaged, or changed after it was written; use a file written with --shard$/,
      );
    }
    expect(await damage(() => "no object")).toMatch(/not a part of statistics/);
    const refusedFlag = async (...args: string[]) => errorLine(await here("stats", ...args), 2);
    for (const extra of [[folder], ["--size", "2x2"]]) {
      expect(await refusedFlag(...extra, "--merge", one, two)).toBe(
        "--merge: the files say which images they cover; leave out the data, --shard, --weight and the reading options",
      );
    }
    expect(errorLine(await here("stats", "--save", one, "--merge", one, two), 1)).toBe(
      `${one}: would overwrite the input; choose another file`,
    );
    expect(errorLine(await here("stats", "--merge", "/dev/zero"), 1)).toMatch(/^\/dev\/zero: not a regular/);
  });

  it("of a folder that changes meanwhile are an error", async () => {
    const changing = temporaryFolder();
    mkdirSync(join(changing, "a"));
    const create = { width: 3, height: 3, channels: 3, background: "#123" } as const;
    const add = (name: string) => sharp({ create }).toFile(join(changing, "a", name));
    for (const name of ["1.png", "2.png", "3.png"]) await add(name);
    const { train } = await understandFolder(await folderEntries(changing), {});
    const read = async () => {
      for await (const _ of train);
    };
    await read();
    await add("4.png");
    await expect(read()).rejects.toThrow(
      `${changing}: images were added or removed during reading; try again `,
    );
    for (const name of ["3.png", "4.png"]) rmSync(join(changing, "a", name));
    await expect(read()).rejects.toThrow("images were added or removed");
  });

  it("take images of several sizes, except per pixel position", async () => {
    const other = temporaryFolder();
    mkdirSync(join(other, "a"));
    for (const [i, width] of [5, 5, 5, 6].entries()) {
      const create = { width, height: 5, channels: 3, background: "#123" } as const;
      await sharp({ create })
        .png()
        .toFile(join(other, "a", `${i}.png`));
    }
    const args = ["stats", other, "--test-split", "0", "--quiet"];
    const { splits } = await json<StatsDocument>(...args.slice(0, -1));
    expect(splits.train).toMatchObject({
      shape: [4, null, null, 3],
      sizes: { smallest: [5, 5], largest: [5, 6], distinct: 2, mostFrequent: [5, 5] },
      channel: { mean: [0x11, 0x22, 0x33], std: [0, 0, 0], valuesPerStatistic: 3 * 25 + 30 },
    });
    expect(errorLine(await here(...args, "--axis", "pixel"), 1)).toBe(
      `${other}: 4 images of 2 sizes: 3 of 5 by 5, 1 of 6 by 5; resize all images, for example with --size 5x5`,
    );
  });

  it("stop at a damaged image with --strict", async () => {
    expect(errorLine(await here("stats", folder, "--strict", "--quiet"), 1)).toMatch(
      /broken\.jpg: cannot be decoded \([^)]+\); replace or remove it$/,
    );
  });

  it("end at once, and leave no file, when interrupted while they count", async () => {
    const many = join(temporaryFolder(), "many");
    mkdirSync(join(many, "a"), { recursive: true });
    const create = { width: 1000, height: 1000, channels: 3, background: "#123" } as const;
    const image = await sharp({ create }).png().toBuffer();
    for (let i = 0; i < 2000; i++) writeFileSync(join(many, "a", `${i}.png`), image);
    const run = start(["stats", many, "--save", join(many, "scaler.json")]);
    await run.untilStderr("1 class");
    await setTimeout(300);
    const interrupted = performance.now();
    run.process.kill("SIGTERM");
    expect(await run.finished).toMatchObject({ status: 143, stdout: "" });
    expect(performance.now() - interrupted).toBeLessThan(2000);
    expect(readdirSync(many)).toEqual(["a"]);
  });

  it.each<[string[], RegExp]>([
    [["--shard", "1/2"], /^--shard: measures a shard, which must be saved; add --save/],
    [["--shard", "3/2", "--save", "x.json"], /^--shard: must be a shard such as 2\/5 \(got "3\/2"\); /],
    [["--shard", "1/99999999999999999", "--save", "x.json"], /^--shard: .* n up to 100000/],
    [
      ["--shard", "1/2", "--save", "x.json", "--snippet", "keras"],
      /^--snippet: needs the statistics of all shards; /,
    ],
    [["--size", "100000x100000"], /^--size: .*from 1 to 8192/],
    [["--shard", "half", "--save", "x.json"], /^--shard: must be a shard such as 2\/5 \(got "half"\); /],
  ])("refuse %j", async (args, message) => {
    expect(errorLine(await here("stats", folder, ...args), 2)).toMatch(message);
  });

  it("have shards of bytes in other formats, which merge to the same figures", async () => {
    const parts = ["1/2", "2/2"].map((shard) => [shard, join(folder, `${shard[0]}.json`)]);
    for (const [shard, path] of parts) await here("stats", "mnist-mini", "--shard", shard, "--save", path);
    const merged = await jsonHere<StatsDocument>("stats", "--merge", ...parts.map(([, path]) => path));
    const whole = await jsonHere<StatsDocument>("stats", "mnist-mini");
    for (const split of ["train", "test"] as const)
      expect(merged.splits[split]).toMatchObject(whole.splits[split]);
    const floats = npyFolder(Float32Array.of(0.5, 1, 2, 3), [4, 1, 1]);
    const args = ["stats", floats, "--shard", "1/2", "--save", join(folder, "x.json")];
    expect(errorLine(await here(...args), 1)).toMatch(
      /: pixels of float32, whose sums depend on the order of the images; /,
    );
  });
});
