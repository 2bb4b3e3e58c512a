import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { here } from "./here.ts";
import { COMMANDS, environment, errorLine, temporaryFolder } from "./run.ts";

const has = (shell: string) => spawnSync(shell, ["-c", "true"], { stdio: "ignore" }).status === 0;

async function scriptFile(shell: string): Promise<string> {
  const { status, stdout, stderr } = await here("completion", shell);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const file = join(temporaryFolder(), `_pixscale.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** What bash offers for the last of some words. */
async function bashReplies(...words: string[]): Promise<string[]> {
  const script = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pixscale; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "-c", script, "bash", await scriptFile("bash"), "pixscale", ...words];
  const { stdout, stderr } = spawnSync("bash", args, { encoding: "utf8", cwd: temporaryFolder() });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

async function fishReplies(line: string): Promise<string[]> {
  const command = `source '${await scriptFile("fish")}'; complete -C '${line}'`;
  const env = environment({ HOME: temporaryFolder() });
  const { stdout } = spawnSync("fish", ["--no-config", "-c", command], { encoding: "utf8", env });
  return stdout.split("\n").map((reply) => reply.split("\t")[0]);
}

/** What each shell must complete: known flags, choices and names. */
const CASES: [words: string[], expected: string[]][] = [
  [["tra"], ["train"]],
  [["train", "--sca"], ["--scaling"]],
  [["preview", "--sam"], ["--samples"]],
  [
    ["stats", "--axis", ""],
    ["channel", "global", "pixel"],
  ],
  [
    ["stats", "--snippet", "t"],
    ["tfjs", "torchvision"],
  ],
  [["compare", "--pop"], ["--population"]],
  [
    ["train", "mnist"],
    ["mnist", "mnist-mini"],
  ],
  [["completion", "z"], ["zsh"]],
];

describe.skipIf(!has("bash"))("bash completes", () => {
  it.each(CASES)("%j", async (words, expected) => {
    expect((await bashReplies(...words)).sort()).toEqual(expected);
  });

  it("every command, and no flag of another", async () => {
    expect(await bashReplies("")).toEqual([...COMMANDS, "help", "--help", "--version"]);
    expect(await bashReplies("doctor", "--")).toEqual(["--json", "--quiet", "--verbose", "--help"]);
  });
});

describe.skipIf(!has("fish"))("fish completes (needs fish)", () => {
  it.each(CASES)("%j", async (words, expected) => {
    const replies = await fishReplies(["pixscale", ...words].join(" "));
    for (const word of expected) expect(replies).toContain(word);
  });
});

describe.skipIf(!has("zsh"))("zsh (needs zsh)", () => {
  it("reads the script, whose specifications name every flag of train", async () => {
    const file = await scriptFile("zsh");
    // _arguments prints what it is given; real completion needs a terminal.
    const script = `compdef() { :; }; _arguments() { print -l -- "$@"; }; source ${file}; words=(pixscale train ""); CURRENT=3; _pixscale`;
    const { status, stdout, stderr } = spawnSync("zsh", ["-f", "-c", script], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("--epochs[passes over the training images]:value:_files");
    expect(stdout).toMatch(/^--axis\[[^\n]*\]:value:\(global channel pixel\)$/m);
    expect(stdout).toMatch(/^-q\[hide progress and warnings\]$/m);
  });
});

it("another shell is refused", async () => {
  expect(errorLine(await here("completion", "tcsh"), 2)).toBe(
    `shell: "tcsh" is not a known shell; use one of bash, zsh, fish`,
  );
});
