import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, environment, pixscale, start, startProcess, temporaryFolder } from "./run.ts";

const ESCAPE = "\x1b[";
const SHORT = ["train", "mnist-mini", "--limit", "192", "--limit-test", "20", "--epochs", "2"];

/** `script` of util-linux runs a command on a terminal of its own. */
const HAS_SCRIPT = spawnSync("script", ["-qec", "true", "/dev/null"], { stdio: "ignore" }).status === 0;

/** What a terminal would show, stdout and stderr together. */
async function onTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { status = 0, interrupt = false } = {},
): Promise<string> {
  const program = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
  const command = interrupt ? `timeout --foreground --preserve-status -s INT 3 ${program}` : program;
  const terminal = { TERM: "xterm-256color", COLUMNS: "160", ...env };
  const ended = await startProcess("script", ["-qec", `stty cols 160; ${command}`, "/dev/null"], {
    env: environment(terminal),
  }).finished;
  expect(ended.status).toBe(status);
  return ended.stdout;
}

describe("colour", () => {
  const stats = (env: Readonly<Record<string, string>>) =>
    start(["stats", "mnist-mini"], { env: environment(env) }).finished;

  it("is absent where stdout is no terminal", async () => {
    expect((await stats({})).stdout).not.toContain(ESCAPE);
  });

  it("is there with FORCE_COLOR, which changes nothing else", async () => {
    const { stdout } = await stats({ FORCE_COLOR: "1" });
    expect(stdout).toContain(ESCAPE);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
    expect(stdout.replace(/\x1b\[\d+m/g, "")).toBe((await stats({})).stdout);
  });

  it("is never in JSON", async () => {
    const { finished } = start(["stats", "mnist-mini", "--json"], { env: environment({ FORCE_COLOR: "1" }) });
    expect((await finished).stdout).not.toContain(ESCAPE);
  });

  it("is absent with FORCE_COLOR=0", async () => {
    expect((await stats({ FORCE_COLOR: "0" })).stdout).not.toContain(ESCAPE);
  });

  it.skipIf(!HAS_SCRIPT)(
    "is there on a terminal, and not with NO_COLOR (needs util-linux' script)",
    async () => {
      expect(await onTerminal(["stats", "mnist-mini"])).toContain(ESCAPE);
      expect(await onTerminal(["stats", "mnist-mini"], { NO_COLOR: "1" })).not.toContain(ESCAPE);
      // An empty NO_COLOR is none.
      expect(await onTerminal(["stats", "mnist-mini"], { NO_COLOR: "" })).toContain(ESCAPE);
    },
  );
});

describe("progress", () => {
  it("is a line an epoch where stderr is no terminal", async () => {
    const { stderr } = await pixscale(...SHORT);
    expect(stderr).toMatch(/^Epoch 1\/2 {2}3\/3 [^\n\r]+\nEpoch 2\/2 {2}3\/3 [^\n\r]+\n$/);
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
      for (const epoch of [1, 2])
        expect(shown).toMatch(new RegExp(`Epoch ${epoch}/2 \\[=+\\] 3/3 .*accuracy`));
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
    { name: "compare fails", args: [...compare, "--learning-rate", "1e30"], status: 1 },
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

describe("an interrupt", () => {
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
    expect(ended.stderr).toMatch(/^(Epoch [^\n]+\n)+$/);
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });

  it("leaves a run that was there before as it was", async () => {
    const folder = join(temporaryFolder(), "run");
    expect((await pixscale(...SHORT, "--save", folder)).status).toBe(0);
    const content = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "hex")]);
    const before = content();
    const run = start([...LONG, "--save", folder, "--init-from", folder]);
    await run.untilStderr("Epoch 1/");
    run.process.kill("SIGINT");
    expect((await run.finished).status).toBe(130);
    expect(content()).toEqual(before);
    expect(before.length).toBe(4);
  });
});

describe("a reader that has had enough", () => {
  it("of stdout ends the process in silence", async () => {
    // More than a pipe holds.
    const run = start(["stats", "mnist-mini", "--axis", "pixel", "--json"]);
    run.process.stdout?.once("data", () => run.process.stdout?.destroy());
    expect(await run.finished).toMatchObject({ status: 0, stderr: "" });
  });

  it("of progress does not end the work", async () => {
    const run = start(SHORT);
    run.process.stderr?.destroy();
    const { status, stdout } = await run.finished;
    expect(status).toBe(0);
    expect(stdout).toContain("test accuracy");
  });
});
