import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { npyFolder } from "./npy-folder.ts";
import { BIN, environment, pixscale, start, startProcess, temporaryFolder } from "./run.ts";

const ESCAPE = "\x1b[";
const HIDE = `${ESCAPE}?25l`;
const SHORT = ["train", "mnist-mini", "--limit", "192", "--limit-test", "20", "--epochs", "2"];

/** `script` of util-linux runs a command on a terminal of its own. */
const HAS_SCRIPT = spawnSync("script", ["-qec", "true", "/dev/null"], { stdio: "ignore" }).status === 0;

/** What a terminal would show, stdout and stderr together. With `interrupt`, Ctrl-C is pressed once the cursor is hidden. */
async function onTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { status = 0, interrupt = false } = {},
): Promise<string> {
  const program = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
  const terminal = { env: environment({ TERM: "xterm-256color", COLUMNS: "160", ...env }) };
  const script = ["-qec", `stty cols 160; ${program}`, "/dev/null"];
  const { process: shell, finished } = startProcess(
    "script",
    script,
    terminal,
    interrupt ? "pipe" : "ignore",
  );
  let shown = "";
  shell.stdout?.on("data", (part) => {
    if (interrupt && !shown.includes(HIDE) && `${shown}${part}`.includes(HIDE)) shell.stdin?.write("\x03");
    shown += part;
  });
  const ended = await finished;
  expect(ended.status).toBe(status);
  return ended.stdout;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is removed
const withoutEscapes = (text: string) => text.replace(/\x1b\[\d+m/g, "");

describe("colour", () => {
  const stats = (env: Readonly<Record<string, string>>, ...more: string[]) =>
    start(["stats", "mnist-mini", ...more], { env: environment(env) }).finished;

  let plain: string;

  beforeAll(async () => {
    plain = (await stats({})).stdout;
  });

  it("is absent when stdout is no terminal", () => {
    expect(plain).toContain("(2000, 28, 28, 1)");
    expect(plain).not.toContain(ESCAPE);
  });

  it("is present with FORCE_COLOR, which changes nothing else", async () => {
    const { stdout } = await stats({ FORCE_COLOR: "1" });
    expect(stdout).toContain(ESCAPE);
    expect(withoutEscapes(stdout)).toBe(plain);
  });

  it("is never in JSON", async () => {
    expect((await stats({ FORCE_COLOR: "1" }, "--json")).stdout).not.toContain(ESCAPE);
  });

  it("is absent with FORCE_COLOR=0", async () => {
    expect((await stats({ FORCE_COLOR: "0" })).stdout).toBe(plain);
  });

  it.skipIf(!HAS_SCRIPT)(
    "is present on a terminal, and absent with NO_COLOR (needs util-linux' script)",
    async () => {
      expect(await onTerminal(["stats", "mnist-mini"])).toContain(ESCAPE);
      expect(await onTerminal(["stats", "mnist-mini"], { NO_COLOR: "1" })).not.toContain(ESCAPE);
      // An empty NO_COLOR is none.
      expect(await onTerminal(["stats", "mnist-mini"], { NO_COLOR: "" })).toContain(ESCAPE);
    },
  );
});

describe("--no-color", () => {
  const data = npyFolder(
    Float32Array.from({ length: 8 * 120 }, (_, i) => (i * 7919) % 251),
    [8, 12, 10],
  );
  const [run, runs] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "runs")];
  const epoch = [data, "--epochs", "1"];
  // TensorFlow is not looked for in an empty cache, which is faster.
  const env = environment({ FORCE_COLOR: "1", XDG_CACHE_HOME: temporaryFolder() });
  const timed = ["train", "compare", "doctor"];
  /** Without figures and the widths that follow from them. */
  const untimed = (text: string) => text.replace(/[\d.─ ]+/g, "");

  // In this order: train and compare save what evaluate and report read.
  it.each([
    ["stats", data],
    ["normalize", data],
    ["center", data],
    ["standardize", data],
    ["whiten", data],
    ["train", ...epoch, "--save", run, "--force"],
    ["evaluate", run],
    ["compare", ...epoch, "--seeds", "1", "--scalings", "center,none", "--out", runs],
    ["report", runs],
    ["doctor"],
  ])("switches the colour of %s off, and changes nothing else", async (command, ...args) => {
    const coloured = await start([command, ...args, "--quiet"], { env }).finished;
    const plain = await start([command, "--no-color", ...args, "--quiet"], { env }).finished;
    expect([coloured.status, plain.status]).toEqual([0, 0]);
    expect(coloured.stdout).toContain(ESCAPE);
    expect(plain.stdout).not.toContain(ESCAPE);
    const compared = timed.includes(command) ? untimed : (text: string) => text;
    expect(compared(plain.stdout)).toBe(compared(withoutEscapes(coloured.stdout)));
  });

  it("may come before the command, and is stronger than FORCE_COLOR there too", async () => {
    const { status, stdout } = await start(["--no-color", "stats", data, "--quiet"], { env }).finished;
    expect(status).toBe(0);
    expect(stdout).not.toContain(ESCAPE);
  });
});

describe.concurrent("progress", () => {
  it("is a line per epoch when stderr is no terminal", async () => {
    const { stderr } = await pixscale(...SHORT);
    expect(stderr).toMatch(/^192 of [^\n]+\nEpoch 1\/2 {2}3\/3 [^\n\r]+\nEpoch 2\/2 {2}3\/3 [^\n\r]+\n$/);
    expect(stderr).not.toContain(ESCAPE);
  });

  it("is absent with --quiet", async () => {
    const { status, stderr } = await pixscale(...SHORT, "--quiet", "--save", join(temporaryFolder(), "run"));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.skipIf(!HAS_SCRIPT)(
    "is a bar on a terminal, and absent with --quiet (needs util-linux' script)",
    async () => {
      const shown = await onTerminal(SHORT);
      for (const epoch of [1, 2]) {
        expect(shown).toMatch(new RegExp(`Epoch ${epoch}/2 \\[=+\\] 3/3 .*accuracy`));
      }
      // The cursor comes back.
      expect(shown.lastIndexOf(`${ESCAPE}?25h`)).toBeGreaterThan(shown.lastIndexOf(`${ESCAPE}?25l`));
      expect(await onTerminal([...SHORT, "--quiet"])).not.toContain("Epoch 1/2");
    },
  );

  const compare = ["compare", "mnist-mini", "--limit", "320", "--epochs", "2", "--scalings", "normalize"];
  const outcomes = [
    { name: "train ends", args: SHORT, status: 0 },
    { name: "train fails", args: [...SHORT, "--learning-rate", "1e30"], status: 1 },
    { name: "train is interrupted", args: [...SHORT, "--epochs", "1000"], status: 130 },
    { name: "compare ends", args: compare, status: 0 },
    { name: "compare fails", args: [...compare, "--fail-under", "0.999"], status: 1 },
    { name: "compare is interrupted", args: [...compare, "--epochs", "1000"], status: 130 },
  ];
  it.skipIf(!HAS_SCRIPT).each(outcomes)(
    "gives the terminal back when $name (needs util-linux' script)",
    async ({ args, status }) => {
      const out = args[0] === "compare" ? ["--out", join(temporaryFolder(), "runs")] : [];
      const shown = await onTerminal([...args, ...out], {}, { status, interrupt: status === 130 });
      // Cursor and line wrap.
      for (const mode of ["?25", "?7"]) {
        expect(shown).toContain(`${ESCAPE}${mode}l`);
        expect(shown.lastIndexOf(`${ESCAPE}${mode}h`)).toBeGreaterThan(
          shown.lastIndexOf(`${ESCAPE}${mode}l`),
        );
      }
    },
  );
});

describe.concurrent("an interrupt", () => {
  const LONG = ["train", "mnist-mini", "--limit", "320", "--limit-test", "10", "--epochs", "1000000"];

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends training with status %i and leaves no files", async (signal, status) => {
    const folder = join(temporaryFolder(), "run");
    const run = start([...LONG, "--save", folder]);
    await run.untilStderr("Epoch 1/");
    run.process.kill(signal);
    const ended = await run.finished;
    expect(ended).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toMatch(/^320 of [^\n]+\n(Epoch [^\n]+\n)+$/);
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });

  it("leaves a run that was there before as it was", async () => {
    const folder = join(temporaryFolder(), "run");
    expect((await pixscale(...SHORT, "--save", folder)).status).toBe(0);
    const content = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "hex")]);
    const before = content();
    const run = start([...LONG, "--save", folder, "--force", "--init-from", folder]);
    await run.untilStderr("Epoch 1/");
    run.process.kill("SIGINT");
    expect((await run.finished).status).toBe(130);
    expect(content()).toEqual(before);
    expect(before.length).toBe(4);
  });
});

describe.concurrent("a reader that closes", () => {
  it("stdout ends the process in silence", async () => {
    // More than a pipe holds.
    const run = start(["stats", "mnist-mini", "--axis", "pixel", "--json"]);
    run.process.stdout?.once("data", () => run.process.stdout?.destroy());
    expect(await run.finished).toMatchObject({ status: 0, stderr: "" });
  });

  it("stderr does not end the work", async () => {
    const run = start(SHORT);
    run.process.stderr?.destroy();
    const { status, stdout } = await run.finished;
    expect(status).toBe(0);
    expect(stdout).toContain("test accuracy");
  });
});
