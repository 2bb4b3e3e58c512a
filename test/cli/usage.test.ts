import { describe, expect, it } from "vitest";
import { COMMANDS, errorLine, json, pixscale } from "./run.ts";

describe.concurrent("help", () => {
  it.each(COMMANDS)("of %s is on stdout, with status 0", async (command) => {
    const { status, stdout, stderr } = await pixscale(command, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: pixscale ${command} `));
    for (const option of ["--json", "--quiet", "--verbose", "--help"]) expect(stdout).toContain(option);
  });

  it("names every command", async () => {
    const { status, stdout, stderr } = await pixscale("--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
  });

  it.each<[string, string[]]>([
    ["stats", ["--axis", "--save", "--scaling"]],
    ["normalize", ["--axis", "--rescale", "--batch-size", "--shuffle", "--no-shuffle", "--seed"]],
    [
      "train",
      ["--scaling", "--epochs", "--learning-rate", "--validation-split", "--limit-test", "--threads"],
    ],
    ["train", ["--axis", "--backend", "--init-from", "--save", "--no-shuffle", "--batch-size", "--seed"]],
    ["center", ["--samplewise"]],
    ["standardize", ["--samplewise"]],
    ["whiten", ["--epsilon", "--axis", "--rescale"]],
    ["evaluate", ["--split", "--threads"]],
  ])("of %s names %j", async (command, options) => {
    const { stdout } = await pixscale(command, "--help");
    for (const option of options) expect(stdout).toContain(option);
  });

  it("goes to stderr, with status 2, where no command was given", async () => {
    const { status, stdout, stderr } = await pixscale();
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: pixscale /);
  });

  it("has a version", async () => {
    expect(await pixscale("--version")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe.concurrent("a wrong command line is status 2, one line and no output", () => {
  it.each<[string[], RegExp]>([
    [["bogus"], /^bogus: /],
    [["stat"], /^stat: .*stats/],
    [["--bogus"], /^--bogus: /],
    [["stats", "--bogus"], /^--bogus: /],
    [["train", "--epoch", "3"], /^--epoch: .*--epochs/],
    [["train", "-x"], /^-x: /],
    [["train", "a", "b"], /^train: .*arguments/],
    [["stats", "a", "b"], /^stats: .*arguments/],
    [["doctor", "a"], /^doctor: .*arguments/],
    [["evaluate"], /^dir: .*missing/],
    [["evaluate", "a", "b", "c"], /^evaluate: .*arguments/],
    [["train", "--epochs"], /^--epochs: .*missing/],
    [["center", "mnist-mini", "--samplewise", "--axis", "pixel"], /^--axis: .*samplewise/],
    [["normalize", "--samplewise"], /^--samplewise: /],
    [["whiten", "--epsilon", "-1"], /^--epsilon: /],
    [["train", "--save"], /^--save: .*missing/],
    [["stats", "--quiet=3"], /^--quiet/],
  ])("%j", async (args, what) => {
    expect(errorLine(await pixscale(...args), 2)).toMatch(what);
  });

  it.each<[command: string, flag: string, ...values: string[]]>([
    ["train", "--epochs", "0", "1.5", "x", ""],
    ["train", "--batch-size", "0", "64.5"],
    ["train", "--learning-rate", "0", "fast", "NaN", "1e400"],
    ["train", "--seed", "-1", "9007199254740992"],
    ["train", "--validation-split", "1", "-0.1"],
    ["train", "--limit", "0", "all"],
    ["train", "--limit-test", "0"],
    ["train", "--threads", "0", "65"],
    ["train", "--backend", "gpu", "WASM"],
    ["train", "--axis", "row"],
    ["train", "--scaling", "zoom", "", "none+center", "normalize=0", "center=3", "normalize++center"],
    ["stats", "--axis", "all"],
    ["stats", "--scaling", "zoom"],
    ["normalize", "--rescale", "0", "1/0"],
    ["center", "--batch-size", "0x10"],
    ["standardize", "--seed", "many"],
    ["evaluate", "--split", "validation"],
  ])("%s %s", async (command, flag, ...values) => {
    const start = command === "evaluate" ? ["evaluate", "somewhere"] : [command, "mnist-mini"];
    const run = async (value: string) => {
      const line = errorLine(await pixscale(...start, flag, value), 2);
      expect(line.startsWith(`${flag}: `)).toBe(true);
      // A scaling's message quotes the wrong step alone.
      if (flag !== "--scaling") expect(line).toContain(`"${value}"`);
    };
    for (let i = 0; i < values.length; i += 2) await Promise.all(values.slice(i, i + 2).map(run));
  });
});

describe("--verbose", () => {
  it("adds the stack trace to the line, which is without it otherwise", async () => {
    const short = await pixscale("stats", "nowhere");
    errorLine(short, 1);
    const long = await pixscale("stats", "nowhere", "--verbose");
    expect(long.status).toBe(1);
    expect(long.stderr.startsWith(short.stderr)).toBe(true);
    expect(long.stderr).toMatch(/\n {4}at /);
  });
});

describe("doctor", () => {
  interface Doctor {
    readonly checks: { name: string; ok: boolean; optional: boolean; detail: string; remedy?: string }[];
  }

  it("finds what is needed, and says what to do about the rest", async () => {
    const { checks } = await json<Doctor>("doctor");
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

  it("shows it as a table", async () => {
    const { status, stdout, stderr } = await pixscale("doctor");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/backend wasm +│ ok +│ trains/);
    expect(stdout).toMatch(/data mnist +│ ok +│ 60,000 \+ 10,000 images/);
  });
});
