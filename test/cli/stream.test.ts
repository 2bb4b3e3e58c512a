import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { listImages } from "../../src/data/images/image-files.ts";
import { loadDataset } from "../../src/data/load.ts";
import { folderEntries } from "../../src/files/folder-entries.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { measure } from "../../src/statistics/measure.ts";
import { here } from "./here.ts";
import { errorLine, json, pixscale, type StatsDocument, start, temporaryFolder } from "./run.ts";

const COUNT = 31;

/** Whether a process of this number lives. One that ended may wait for long until it is taken off the list. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

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
    const { splits } = await json<StatsDocument>("stats", folder, "--axis", axis);
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
    expect(merged).toEqual(whole);
    expect(JSON.parse(whole.stdout).splits.train.skipped + JSON.parse(whole.stdout).splits.test.skipped).toBe(
      1,
    );
  });

  it("save the scaler that fitting in memory gives", async () => {
    const file = join(temporaryFolder(), "scaler.json");
    const args = ["--axis", "channel", "--scaling", "normalize+standardize", "--save", file];
    await json<StatsDocument>("stats", folder, ...args);
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
    expect(merged).toEqual(await pixscale("stats", folder, ...reading, "--json", "--quiet"));
    expect((JSON.parse(merged.stdout) as StatsDocument).splits.test.shape[0]).toBeLessThan(3);
    expect(errorLine(await here("stats", "--axis", "pixel", "--merge", ...files), 2)).toBe(
      "--axis: the parts hold no statistic per pixel; measure them with --axis pixel",
    );
  });

  it("cannot be merged from files that do not belong together", async () => {
    const [one, two] = await parts(2);
    const [other] = await parts(2, "--size", "4x4");
    const refused = async (...files: string[]) => errorLine(await here("stats", "--merge", ...files), 1);
    expect(await refused(one)).toBe("--merge: needs all 2 parts, and lacks 2; give the files of all parts");
    expect(await refused(one, two, one)).toBe(`${one}: is part 1, as ${one} is; give each part once`);
    expect(await refused(two, other)).toMatch(
      /part1\.json: is of other images or settings than .*part2\.json; /,
    );
    expect(await refused(join(folder, "none.json"))).toMatch(/none\.json: does not exist; /);
    const damage = async (change: (part: Record<string, unknown>) => unknown) => {
      const file = join(temporaryFolder(), "damaged.json");
      writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(one, "utf8")))));
      return refused(file, two);
    };
    expect(await damage(() => ({}))).toMatch(/damaged\.json: is not part of statistics: /);
    expect(await damage((part) => ({ ...part, version: 1 }))).toMatch(/has version 1, and only 2 is known; /);
    for (const change of [
      { shard: { part: 3, of: 2 } },
      { splits: {} },
      { classNames: ["one"] },
      { more: 1 },
    ]) {
      expect(await damage((part) => ({ ...part, ...change }))).toMatch(
        /damaged\.json: is damaged or was changed after it was written; give what stats --shard --save wrote$/,
      );
    }
    expect(await damage(() => "no object")).toMatch(/is not part of statistics/);
    const refusedFlag = async (...args: string[]) => errorLine(await here("stats", ...args), 2);
    for (const extra of [[folder], ["--size", "2x2"]]) {
      expect(await refusedFlag(...extra, "--merge", one, two)).toBe(
        "--merge: the files say which images they cover; leave out the data, --shard and the reading options",
      );
    }
    expect(errorLine(await here("stats", "--save", one, "--merge", one, two), 1)).toBe(
      `${one}: would overwrite the input; choose another file`,
    );
    expect(errorLine(await here("stats", "--merge", "/dev/zero"), 1)).toMatch(
      /^\/dev\/zero: is not a regular/,
    );
  });

  it("of a folder that changes meanwhile are an error", async () => {
    const changing = temporaryFolder();
    mkdirSync(join(changing, "a"));
    const create = { width: 3, height: 3, channels: 3, background: "#123" } as const;
    const add = (name: string) => sharp({ create }).toFile(join(changing, "a", name));
    for (const name of ["1.png", "2.png", "3.png"]) await add(name);
    const { train } = await listImages(await folderEntries(changing), {});
    const read = async () => {
      for await (const _ of train);
    };
    await read();
    await add("4.png");
    await expect(read()).rejects.toThrow(`${changing}: got or lost images while they were read; try again `);
    for (const name of ["3.png", "4.png"]) rmSync(join(changing, "a", name));
    await expect(read()).rejects.toThrow("got or lost images");
  });

  it("stop at an image of another size, and with --strict at a damaged one", async () => {
    const other = temporaryFolder();
    mkdirSync(join(other, "a"));
    for (const [i, width] of [5, 5, 5, 6].entries()) {
      const create = { width, height: 5, channels: 3, background: "#123" } as const;
      await sharp({ create })
        .png()
        .toFile(join(other, "a", `${i}.png`));
    }
    expect(errorLine(await here("stats", other, "--test-split", "0.5"), 1)).toMatch(
      /3\.png: is 5×6, but the first image is 5×5; resize all with --size/,
    );
    expect(errorLine(await here("stats", folder, "--strict"), 1)).toMatch(
      /broken\.jpg: cannot be decoded \([^)]+\); replace or remove it$/,
    );
  });

  it.skipIf(process.platform !== "linux")(
    "leave no process or file behind when interrupted",
    async ({ expect }) => {
      const many = join(temporaryFolder(), "many");
      mkdirSync(join(many, "a"), { recursive: true });
      const create = { width: 1000, height: 1000, channels: 3, background: "#123" } as const;
      const image = await sharp({ create }).png().toBuffer();
      for (let i = 0; i < 2000; i++) writeFileSync(join(many, "a", `${i}.png`), image);
      const run = start(["stats", many, "--save", join(many, "scaler.json")]);
      const { pid } = run.process;
      const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
      await expect.poll(() => children()[0], { timeout: 20_000 }).not.toBe("");
      const started = children();
      run.process.kill("SIGTERM");
      expect(await run.finished).toEqual({ status: 143, stdout: "", stderr: "" });
      await expect.poll(() => started.filter(isRunning), { timeout: 20_000 }).toEqual([]);
      expect(readdirSync(many)).toEqual(["a"]);
    },
  );

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

  it("have shards only of a folder of images", async () => {
    const line = errorLine(
      await here("stats", "mnist-mini", "--shard", "1/2", "--save", join(folder, "x.json")),
      2,
    );
    expect(line).toBe('--shard: "mnist-mini" is not a folder of images; leave the option out');
  });
});
