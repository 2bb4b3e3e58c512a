import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { Comparison } from "../../src/experiment/comparison.ts";
import { COMPARE, timeless } from "./compare-support.ts";
import { here, jsonHere } from "./here.ts";
import { errorLine, json, pixscale, start, temporaryFolder } from "./run.ts";

let undisturbed: Comparison;
let folder: string;

beforeAll(async () => {
  folder = join(temporaryFolder(), "runs");
  undisturbed = await json<Comparison>(...COMPARE, "--out", folder);
});

/** Waits until a run of the experiment has finished an epoch. */
async function checkpointIn(out: string): Promise<void> {
  const runs = join(out, "runs");
  while (!existsSync(runs) || !readdirSync(runs).some((name) => name.endsWith("checkpoint"))) {
    await setTimeout(5);
  }
}

/** An experiment whose runs take a moment each. */
const SHORT =
  "compare mnist-mini --limit 512 --limit-test 100 --epochs 1 --scalings normalize,standardize".split(" ");

/** Waits until an experiment has saved something of a run. */
async function checkpointOrRun(out: string): Promise<void> {
  const runs = join(out, "runs");
  while (!existsSync(runs) || !readdirSync(runs).some((name) => name.endsWith(".json"))) await setTimeout(5);
}

describe("compare", () => {
  it("prints a document that its schema describes", async () => {
    const url = new URL("../../docs/comparison.schema.json", import.meta.url);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictTuples: false }).compile(
      JSON.parse(readFileSync(url, "utf8")),
    );
    const single = await json<Comparison>(
      ...COMPARE,
      "--seeds",
      "1",
      "--target",
      "0.3",
      "--out",
      `${folder}-single`,
    );
    for (const document of [undisturbed, single]) {
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      expect(validate({ ...document, best: 1 })).toBe(false);
      expect(validate({ ...document, more: 1 })).toBe(false);
    }
    expect(single.variants[2].comparison.verdict).toEqual({ kind: "none", reason: "one seed" });
  });

  it("finds the scaling that destroys the data, and pairs runs by seed", () => {
    const texts = undisturbed.variants.map(({ name, comparison }) => [name, comparison.text]);
    expect(texts).toContainEqual(["normalize=1e-30", "fails: 2 of 2 runs did not train (16 … 100 %)"]);
    expect(undisturbed.variants.map(({ runs }) => runs.map(({ seed }) => seed))).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(new Set(undisturbed.variants.flatMap(({ runs }) => runs.map((run) => run.fingerprint))).size).toBe(
      6,
    );
  });

  it("has the runs that train has", async () => {
    const args = ["--limit", "512", "--limit-test", "100", "--epochs", "2", "--seed", "1"];
    args.push("--scaling", "center");
    const { fingerprint } = await json<{ fingerprint: string }>("train", "mnist-mini", ...args);
    const center = undisturbed.variants.find(({ name }) => name === "center");
    expect(center?.runs[1].fingerprint).toBe(fingerprint);
  });

  it("does not depend on jobs and threads", async () => {
    const other = await json<Comparison>(
      ...COMPARE,
      ...["--jobs", "3", "--threads", "2", "--out", `${folder}-jobs`],
    );
    expect(timeless(other)).toEqual(timeless(undisturbed));
  });

  it("repeats its answer from the finished runs, and so does report", async () => {
    const again = await json<Comparison>(...COMPARE, "--out", folder);
    expect(again).toEqual(undisturbed);
    expect(await json<Comparison>("report", folder)).toEqual(undisturbed);
    const [table, reported] = await Promise.all([
      pixscale(...COMPARE, "--out", folder),
      pixscale("report", folder),
    ]);
    expect(table.stdout).toBe(reported.stdout);
    const [drawn, ...lines] = table.stderr.split("\n");
    expect(drawn).toMatch(/^512 of 2,000 training images and 100 of 500 test images, drawn /);
    expect(lines).toEqual([`saving runs to ${folder}`, "6 of 6 runs were finished; 0 to go", ""]);
    expect(table.stdout).toMatch(/^normalize=1e-30: fails: 2 of 2 runs did not train/m);
  });

  it("gives the same answer in shards, in one folder or several", async () => {
    const parts = [1, 2, 3].map((part) => `${folder}-${part}`);
    await Promise.all(
      parts.map(async (out, i) => {
        const shard = ["--shard", `${i + 1}/3`, "--out", out, "--jobs", "1", "--quiet"];
        const { status, stdout } = await pixscale(...COMPARE, ...shard);
        expect(status).toBe(0);
        expect(stdout).toContain("2 of 6 runs finished");
      }),
    );
    expect(timeless(await jsonHere<Comparison>("report", ...parts))).toEqual(timeless(undisturbed));
    const shared = `${folder}-shared`;
    const shards = [1, 2].map((part) =>
      pixscale(...COMPARE, "--shard", `${part}/2`, "--out", shared, "--jobs", "1"),
    );
    await Promise.all(shards);
    expect(timeless(await jsonHere<Comparison>("report", shared))).toEqual(timeless(undisturbed));
  });

  it("never repeats a run when two processes work in one folder", async () => {
    const out = `${folder}-two`;
    const both = await Promise.all([1, 2].map(() => pixscale(...COMPARE, "--out", out, "--jobs", "1")));
    const [left, right] = both.map(({ stderr }) =>
      stderr.split("\n").filter((line) => / test acc/.test(line)),
    );
    const names = [...left, ...right].map((line) => line.replace(/^\S+ /, "").replace(/: .*/, ""));
    expect(names.length).toBe(6);
    expect(new Set(names).size).toBe(6);
    expect(both[0].stdout).toBe(both[1].stdout);
    expect(timeless(await jsonHere<Comparison>("report", out))).toEqual(timeless(undisturbed));
  });

  it("killed with SIGKILL while it trains ends as if it had never been", async () => {
    const out = `${folder}-killed`;
    const { process, finished } = start([...COMPARE, "--out", out, "--quiet"]);
    await checkpointIn(out);
    process.kill("SIGKILL");
    expect((await finished).status).toBeNull();
    expect(timeless(await json<Comparison>(...COMPARE, "--out", out))).toEqual(timeless(undisturbed));
    expect(readdirSync(join(out, "runs")).filter((name) => /\.(tmp|checkpoint)$/.test(name))).toEqual([]);
  });

  it.each([
    "SIGINT",
    "SIGTERM",
  ] as const)("stops at once on %s and continues after the last epoch", async (signal) => {
    const out = `${folder}-${signal}`;
    const long = [
      "compare",
      "mnist-mini",
      "--epochs",
      "40",
      "--scalings",
      "normalize",
      "--seeds",
      "1",
      "--out",
      out,
    ];
    const { process, finished } = start(long);
    await checkpointIn(out);
    process.kill(signal);
    expect((await finished).status).toBe(signal === "SIGINT" ? 130 : 143);
    const again = start(long);
    await again.untilStderr("normalize, seed 0 continues after epoch ");
    again.process.kill(signal);
    await again.finished;
    expect(readdirSync(join(out, "runs")).filter((name) => /\.(tmp|lock\.\d+)$/.test(name))).toEqual([]);
  });

  it("refuses a folder of other settings, naming the difference", async () => {
    const line = errorLine(await here(...COMPARE, "--epochs", "3", "--out", folder, "--quiet"), 1);
    expect(line).toBe(`${folder}: made for epochs 2, not 3; use the same settings, or another folder`);
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(errorLine(await here(...COMPARE, "--out", file, "--quiet"), 1).startsWith(`${file}`)).toBe(true);
  });

  it("fails below --fail-under after printing its answer, and names the scalings", async () => {
    const { status, stdout, stderr } = await pixscale("report", folder, "--fail-under", "0.2");
    expect(status).toBe(1);
    expect(stdout).toContain("best: ");
    expect(stderr).toMatch(
      /^error: --fail-under: 1 scaling is below 20\.00 %: normalize=1e-30 \(no run trained\); see the table\n$/,
    );
    const learned = (await here("report", folder, "--fail-under", "0.01")).stderr;
    expect(learned).toMatch(/1 scaling is below 1\.00 %/);
  });

  it("exports rows, Markdown and JSON", async () => {
    const out = temporaryFolder();
    const [csv, markdown, document] = ["a.csv", "a.md", "a.json"].map((name) => join(out, name));
    const files = ["--export-csv", csv, "--export-markdown", markdown, "--export-json", document];
    const { stderr } = await pixscale("report", folder, ...files);
    expect(stderr).toBe(`wrote ${csv}\nwrote ${document}\nwrote ${markdown}\n`);
    expect(JSON.parse(readFileSync(document, "utf8"))).toEqual(undisturbed);
    expect(readFileSync(csv, "utf8").trim().split("\r\n")).toHaveLength(7);
    expect(readFileSync(markdown, "utf8")).toContain("- normalize=1e-30: fails: 2 of 2 runs ");
    mkdirSync(join(out, "folder"));
    const wrong = await here("report", folder, "--export-csv", join(out, "folder"));
    expect(errorLine(wrong, 1)).toMatch(/: a folder, not a file; /);
    for (const own of ["experiment.json", join("runs", "new.json")]) {
      const overwriting = await here("report", folder, "--export-json", join(folder, own));
      expect(errorLine(overwriting, 2)).toMatch(
        /^--export-json: would overwrite .*\.json, which belongs to the experiment; /,
      );
    }
    const twice = await here("report", folder, "--export-csv", csv, "--export-json", csv);
    expect(errorLine(twice, 2)).toMatch(/^--export-json: --export-csv writes to the same file, .*a\.csv; /);
  });

  it("prints its plan", async () => {
    const { stdout } = await here(
      "compare",
      "--plan",
      "--seeds",
      "4,7",
      "--vary",
      "epochs=1,2",
      "--shard",
      "2/2",
    );
    const lines = stdout.trim().split("\n");
    const whole = ["compare", "--plan", "--json", "--seeds", "2", "--scalings", "none,center"];
    expect(await jsonHere(...whole.filter((arg) => arg !== "--json"))).toMatchObject({
      ...{ format: "pixscale-plan", version: 1, runs: [{ seed: 0 }, { seed: 0 }, { seed: 1 }, { seed: 1 }] },
    });
    const axes = [
      "--seeds",
      "1",
      "--scalings",
      "normalize+standardize,normalize,zca@pixel",
      "--vary",
      "axis=global,channel",
    ];
    const along = await here("compare", "--plan", ...axes);
    const scalings = along.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).variant.scaling);
    expect(scalings).toEqual([
      ...["normalize+standardize@global", "normalize+standardize@channel", "normalize", "zca@pixel"],
    ]);
    const twice = await here("compare", "--plan", "--seeds", "1", "--vary", "epochs=1", "--vary", "epochs=2");
    expect(twice.stdout.trim().split("\n")).toHaveLength(6);
    expect(lines).toHaveLength(6);
    expect(JSON.parse(lines[0])).toMatchObject({ variant: { scaling: "normalize", epochs: 2 }, seed: 4 });
  });

  it.each([
    [["--scalings", "normalize,what"], /^--scalings: "what" is not a known step; /],
    [["--scalings", "normalize,normalize=1/255"], /^--scalings: normalize is listed twice; /],
    [["--seeds", "0"], /^--seeds: must be a whole number from 1 to 10000 \(got "0"\); /],
    [["--seeds", "1,1"], /^--seeds: 1 is listed twice; list each value once$/],
    [["--seeds", "1,,2"], /^--seeds: must be a whole number, 0 or more \(got ""\); /],
    [["--vary", "limit=10,20"], /^--vary: "limit" cannot be varied; /],
    [["--vary", "axis=global,row"], /^--vary: /],
    [["--vary", "learning-rate=0"], /^--vary: must be a number above 0 \(got "0"\); /],
    [["--vary", "learning-rate=1=2"], /^--vary: must be a number above 0 \(got "1=2"\); /],
    [
      ["--vary", "batch-size"],
      /^--vary: "batch-size" has no values; list them, such as batch-size=VALUE,VALUE$/,
    ],
    [["--shard", "3/2"], /^--shard: must be a shard such as 2\/5 \(got "3\/2"\); /],
    [["--fail-under", "98"], /^--fail-under: must be a number above 0 and at most 1 \(got "98"\); /],
    [["--jobs", "0"], /^--jobs: must be a whole number, 1 or more \(got "0"\); /],
  ])("refuses %j", async (args, expected) => {
    expect(errorLine(await here("compare", "mnist-mini", ...args), 2)).toMatch(expected);
  });

  it("goes on after a run that diverges", async () => {
    const out = `${folder}-fails`;
    const args = ["--seeds", "2", "--epochs", "1", "--scalings", "center,normalize=1e30", "--out", out];
    const { status, stdout, stderr } = await pixscale(...COMPARE, ...args);
    expect(status).toBe(0);
    expect(stderr).toMatch(/normalize=1e30, seed 0: the loss became infinite or NaN in epoch 1, step \d+\n/);
    expect(stdout).toContain("normalize=1e30: fails: 2 of 2 runs did not train (16 … 100 %)");
    expect(stdout).toContain("best: center");
    // It is not trained again.
    expect((await pixscale(...COMPARE, ...args)).stderr).toContain("4 of 4 runs were finished; 0 to go");
  });

  it("reads folders of version 1", async () => {
    const old = join(temporaryFolder(), "old");
    cpSync(new URL("../../fixtures/experiment-v1", import.meta.url), old, { recursive: true });
    const { variants, version } = await jsonHere<Comparison>("report", old);
    // What that version said: 41.50 % and 34.00 %.
    expect([version, ...variants.map(({ accuracy }) => accuracy?.mean.toFixed(4))]).toEqual([
      ...[2, "0.4150", "0.3400"],
    ]);
    expect(variants[1].speed?.area).toBeNull();
  });

  it("adds seeds until all is decided, and goes on where it was killed", async () => {
    const until = [...SHORT, "--until-decided", "--max-seeds", "8", "--margin", "40"];
    const once = await json<Comparison>(...until, "--out", `${folder}-until`, "--jobs", "1");
    expect(once.method).toMatchObject({ method: "anytime", margin: 0.4, pairs: 1 });
    expect(once.seeds.length).toBeLessThanOrEqual(8);
    const killed = start([...until, "--out", `${folder}-until-killed`, "--quiet"]);
    await checkpointOrRun(`${folder}-until-killed`);
    killed.process.kill("SIGKILL");
    await killed.finished;
    const again = await json<Comparison>(...until, "--out", `${folder}-until-killed`, "--jobs", "3");
    expect(timeless(again)).toEqual(timeless(once));
    const reported = await json<Comparison>("report", `${folder}-until`, "--margin", "40");
    expect(timeless(reported)).toEqual(timeless(once));
  });

  it("allows for looks once seeds were added after an answer", async () => {
    const out = `${folder}-looks`;
    const answer = (...seeds: string[]) => json<Comparison>(...SHORT, "--out", out, "--seeds", ...seeds);
    expect((await answer("2")).method.method).toBe("fixed");
    expect((await answer("2")).method.method).toBe("fixed");
    expect((await answer("3")).method.method).toBe("anytime");
    expect((await json<Comparison>("report", out)).method.method).toBe("anytime");
  });

  it("holds out validation images to choose learning rates", async () => {
    const rates = ["--vary", "learning-rate=1e-9,1e-3", "--seeds", "2", "--out", `${folder}-rates`];
    const { shared, variants, learningRates, method } = await json<Comparison>(...SHORT, ...rates);
    expect(shared.validationSplit).toBe(0.1);
    // At 1e-9 nothing is learned.
    expect(variants.map(({ learningRate }) => learningRate)).toEqual([1e-3, 1e-3]);
    expect(learningRates?.map(({ edge }) => edge)).toEqual([null, "largest", null, "largest"]);
    expect(method.pairs).toBe(1);
  });

  it.each([
    [["--until-decided", "--seeds", "3"], /^--seeds: --until-decided chooses the number of seeds; /],
    [["--until-decided", "--shard", "1/2"], /^--shard: --until-decided needs the results of all runs; /],
    [["--max-seeds", "9"], /^--max-seeds: applies to --until-decided only; /],
    [["--margin", "0"], /^--margin: must be a number above 0 and at most 100 \(got "0"\); /],
  ])("refuses %j", async (args, expected) => {
    expect(errorLine(await here("compare", "mnist-mini", ...args), 2)).toMatch(expected);
  });
});
