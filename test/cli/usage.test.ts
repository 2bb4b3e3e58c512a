import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { numberIn } from "../../src/cli/options/kinds.ts";
import { here, jsonHere } from "./here.ts";
import { COMMANDS, errorLine, json, pixscale, temporaryFolder } from "./run.ts";

describe("help", () => {
  it.each<[command: string, ...options: string[]]>([
    ["stats", "--axis", "--save", "--scaling"],
    ["normalize", "--axis", "--rescale", "--batch-size", "--shuffle", "--no-shuffle", "--seed"],
    ["center", "--samplewise"],
    ["standardize", "--samplewise"],
    ["whiten", "--epsilon", "--axis", "--rescale"],
    ["train", "--scaling", "--epochs", "--learning-rate", "--validation-split", "--limit-test", "--threads"],
    ["train", "--axis", "--backend", "--init-from", "--save", "--no-shuffle", "--batch-size", "--seed"],
    ["evaluate", "--split", "--threads"],
    ["compare", "--scalings", "--seeds", "--vary", "--jobs", "--out", "--shard", "--plan"],
    ["report", "--target", "--fail-under", "--export-csv", "--export-json", "--export-markdown"],
    ["doctor"],
  ])("of %s is on stdout, with status 0", async (command, ...options) => {
    const { status, stdout, stderr } = await here(command, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: pixscale ${command} `));
    const common = ["--json", "--quiet", "--verbose", "--no-color", "--help"];
    for (const option of [...common, ...options]) expect(stdout).toContain(option);
  });

  it("begins with the options of the command, and ends with examples, exit statuses and the guide", async () => {
    const { stdout } = await here("train", "--help");
    const places = ["Options:", "--scaling", "Reading data:", "Examples:", "Exit status:", "Guide: "].map(
      (text) => stdout.indexOf(text),
    );
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    const guide = /^Guide: (.*)$/m.exec(stdout)?.[1] ?? "";
    expect(readFileSync(guide, "utf8")).toMatch(/^# Guide\n/);
    expect(stdout).toContain("Datasets: mnist, mnist-mini, fashion-mnist");
  });

  it("has examples that are right command lines", async () => {
    for (const command of ["", ...COMMANDS]) {
      const { stdout } = await here(...(command === "" ? ["--help"] : [command, "--help"]));
      const examples = [...stdout.matchAll(/^ {2}pixscale (.+)$/gm)].map(([, line]) => line.split(" > ")[0]);
      expect(examples.length).toBeGreaterThan(0);
      for (const line of examples) {
        // Help is shown after all options before it are read, and none that is unknown.
        const { status, stderr } = await here(...line.split(" "), "--help");
        expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: "" });
        for (const [flag] of line.matchAll(/--[a-z-]+/g)) {
          expect((await here(line.split(" ")[0], "--help")).stdout).toContain(`${flag} `);
        }
      }
    }
  });

  it("is also what help shows", async () => {
    expect(await here("help", "train")).toEqual(await here("train", "--help"));
    expect(await here("help")).toEqual(await here("--help"));
    expect(errorLine(await here("help", "trian"), 2)).toBe("trian: unknown command; did you mean train?");
  });

  it("names every command", async () => {
    const { status, stdout, stderr } = await pixscale("--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
  });

  it("goes to stderr, with status 2, when no command is given", async () => {
    const { status, stdout, stderr } = await pixscale();
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: pixscale /);
  });

  it("comes with a version", async () => {
    expect(await pixscale("--version")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe("a wrong command line ends with status 2, one line and no output:", () => {
  it.each<[string[], RegExp]>([
    [["bogus"], /^bogus: unknown command; see pixscale --help$/],
    [["stat"], /^stat: unknown command; did you mean stats\?$/],
    [["--bogus"], /^--bogus: unknown option; see pixscale --help$/],
    [["stats", "--bogus"], /^--bogus: unknown option; see pixscale stats --help$/],
    [["train", "--epoch", "3"], /^--epoch: unknown option; did you mean --epochs\?$/],
    [["train", "--scale", "center"], /^--scale: unknown option; did you mean --scaling\?$/],
    [["compare", "--scale", "center"], /^--scale: unknown option; did you mean --scalings\?$/],
    [["train", "--lr", "1"], /^--lr: unknown option; did you mean --learning-rate\?$/],
    [["train", "--batch", "1"], /^--batch: unknown option; did you mean --batch-size\?$/],
    [["train", "--bach-size", "1"], /^--bach-size: unknown option; did you mean --batch-size\?$/],
    [["prevew"], /^prevew: unknown command; did you mean preview\?$/],
    [
      ["train", "--scaling", "standardise"],
      /^--scaling: "standardise" is not a known step; did you mean standardize\?$/,
    ],
    [["compare", "--scalings", "none,standard"], /^--scalings: "standard" .*; did you mean standardize\?$/],
    [["train", "-x"], /^-x: unknown option; see pixscale train --help$/],
    [["train", "a", "b"], /^train: .*arguments/],
    [["stats", "a", "b"], /^stats: .*arguments/],
    [["doctor", "a"], /^doctor: .*arguments/],
    [["evaluate"], /^dir: .*missing/],
    [["evaluate", "a", "b", "c"], /^evaluate: .*arguments/],
    [["train", "--epochs"], /^--epochs: .*missing/],
    [["center", "mnist-mini", "--samplewise", "--axis", "pixel"], /^--axis: .*samplewise/],
    [["normalize", "--samplewise"], /^--samplewise: /],
    [["whiten", "--epsilon", "-1"], /^--epsilon: must be a number, 0 or more \(got "-1"\); /],
    [["train", "--save"], /^--save: .*missing/],
    [["stats", "--quiet=3"], /^--quiet/],
    [
      ["compare", "--vary", "learning-rate"],
      /^--vary: "learning-rate" has no values; list them, such as learning-rate=VALUE,VALUE$/,
    ],
    [["compare", "--vary", "epochs="], /^--vary: "epochs" has no values; list them, such as epochs=VALUE/],
  ])("%j", async (args, what) => {
    expect(errorLine(await here(...args), 2)).toMatch(what);
  });

  it.each<[command: string, flag: string, ...values: string[]]>([
    ["train", "--epochs", "0", "1.5", "x", ""],
    ["train", "--batch-size", "0", "64.5"],
    ["train", "--learning-rate", "0", "fast", "NaN", "1e400"],
    ["train", "--seed", "-1", "9007199254740992"],
    ["train", "--validation-split", "1", "-0.1", "100%", "-1%", "x%", "%"],
    ["report", "--fail-under", "101%", "98", "0%"],
    ["train", "--limit", "0", "all"],
    ["train", "--limit-test", "0"],
    ["train", "--threads", "0", "65"],
    ["train", "--backend", "gpu", "WASM"],
    ["train", "--axis", "row"],
    [
      "train",
      "--scaling",
      "zoom",
      "",
      "none+center",
      "normalize=0",
      "center=x",
      "standardize=1/0",
      "normalize++center",
    ],
    ["stats", "--axis", "all"],
    ["stats", "--scaling", "zoom"],
    ["normalize", "--rescale", "0", "1/0", "50%"],
    ["center", "--batch-size", "0x10"],
    ["standardize", "--seed", "many"],
    ["evaluate", "--split", "validation"],
  ])("%s %s", async (command, flag, ...values) => {
    const start = command === "evaluate" ? ["evaluate", "somewhere"] : [command, "mnist-mini"];
    for (const value of values) {
      const line = errorLine(await here(...start, flag, value), 2);
      expect(line.startsWith(`${flag}: `)).toBe(true);
      // A scaling's message quotes the wrong step alone.
      if (flag !== "--scaling") expect(line).toContain(`"${value}"`);
    }
  });

  it.each([
    ["98%", 0.98],
    ["98.5 %", 0.985],
    ["49/50", 0.98],
    ["0.98", 0.98],
  ])("but a part may be %j", (text, expected) => {
    expect(numberIn("--target", text, { above: 0, most: 1 })).toBe(expected);
  });

  it("evaluate with its arguments swapped", async () => {
    const saved = temporaryFolder();
    const train = ["train", "mnist-mini", "--limit", "64", "--limit-test", "10", "--epochs", "1"];
    expect((await pixscale(...train, "--save", saved, "--quiet")).status).toBe(0);
    expect(errorLine(await pixscale("evaluate", "mnist-mini", saved), 2)).toBe(
      `mnist-mini: the folder of the model comes first; run pixscale evaluate ${saved} mnist-mini`,
    );
  });
});

describe("the binary", () => {
  it.each<[string[]]>([
    [["evaluate", "--help"]],
    [["bogus"]],
    [["train", "--scale", "center"]],
    [["train", "mnist-mini", "--epochs", "1.5"]],
    [["help", "compare"]],
    [["stats", "mnist-mini", "--scaling", "zoom"]],
    [["stats", "nowhere"]],
    [["stats", "mnist-mini", "--json"]],
    [["standardize", "mnist-mini", "--axis", "pixel"]],
  ])("answers %j as main does in this process", async (args) => {
    expect(await pixscale(...args)).toEqual(await here(...args));
  });
});

describe("--verbose", () => {
  it("adds the stack trace to the line, which is without it otherwise", async () => {
    const short = await here("stats", "nowhere");
    errorLine(short, 1);
    const long = await pixscale("stats", "nowhere", "--verbose");
    for (const flag of ["-v", "-qv"])
      expect((await here("stats", "nowhere", flag)).stderr).toContain("    at ");
    expect(long.status).toBe(1);
    expect(long.stderr.startsWith(short.stderr)).toBe(true);
    expect(long.stderr).toMatch(/\n {4}at /);
  });
});

describe("doctor", () => {
  interface Doctor {
    readonly checks: { name: string; ok: boolean; optional: boolean; detail: string; remedy?: string }[];
  }

  let document: Doctor;
  let table: Awaited<ReturnType<typeof pixscale>>;

  beforeAll(async () => {
    [document, table] = await Promise.all([json<Doctor>("doctor"), pixscale("doctor")]);
  });

  it("finds what is needed, and says what to do about the rest", () => {
    const { checks } = document;
    expect(checks.map(({ name }) => name)).toEqual([
      "node",
      "backend wasm",
      "data mnist",
      "data fashion-mnist",
      "folders of images",
      "backend tensorflow",
    ]);
    for (const { ok, optional, detail, remedy } of checks) {
      expect(detail).not.toBe("");
      expect(ok || optional).toBe(true);
      if (!ok) expect(remedy).toMatch(/install/);
    }
  });

  it("prints a table", () => {
    const { status, stdout, stderr } = table;
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/backend wasm +│ ok +│ trains/);
    expect(stdout).toMatch(/data mnist +│ ok +│ 60,000 \+ 10,000 images/);
  });
});

it.each([
  ["stats"],
  ["center"],
  ["preview"],
  ["datasets"],
  ["cache"],
  ["compare", "--plan"],
])("%s --json has a format and a version", async (command, ...options) => {
  const data = ["datasets", "cache"].includes(command) ? [] : ["mnist-mini"];
  expect(await jsonHere(command, ...data, ...options)).toMatchObject({
    format: expect.stringMatching(/^pixscale-[a-z]+$/),
    version: 1,
  });
});
