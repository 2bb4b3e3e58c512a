import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { environment, type Finished, startProcess, temporaryFolder } from "../cli/run.ts";

/**
 * Runs `npm run setup:tensorflow` with fake programs first in PATH that do nothing or fail: errors name the failure, and
 * nothing remains. The tests of the TensorFlow backend show that the setup works.
 */

const MAIN = fileURLToPath(new URL("../../dist/setup/main.js", import.meta.url));
const FRAGMENTS = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2", "include/tensorflow/c/c_api.h"];

let programs: string;
let cache: string;
let wheelFolder: string;

function program(name: string, script: string): void {
  const file = join(programs, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** An npm that installs a tfjs-node without its native part, and runs `build` to build it. */
const npm = (build: string) =>
  `case "$1" in
install) mkdir -p node_modules/@tensorflow/tfjs-node; echo 'throw new Error("no native addon module here")' > node_modules/@tensorflow/tfjs-node/index.js;;
run) ${build};;
esac`;

beforeEach(() => {
  [programs, cache, wheelFolder] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  for (const name of ["g++", "make", "python3"]) program(name, "exit 0");
  program("npm", npm("exit 0"));
  for (const name of FRAGMENTS) {
    const file = join(wheelFolder, "tensorflow", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  }
});

function started(...args: string[]) {
  const {
    PYTHON: _,
    CXX: __,
    INIT_CWD: ___,
    ...rest
  } = environment({
    PATH: `${programs}:${process.env.PATH}`,
    XDG_CACHE_HOME: cache,
  });
  return startProcess(process.execPath, [MAIN, ...args], { env: rest });
}

const left = () => (existsSync(join(cache, "pixscale")) ? readdirSync(join(cache, "pixscale")) : []);

/** Checks that a setup failed and left nothing; returns its last line. */
function lastLine({ status, stdout, stderr }: Finished, expected: number): string {
  expect({ status, stdout, left: left() }).toEqual({ status: expected, stdout: "", left: [] });
  const line = stderr.trimEnd().split("\n").at(-1) ?? "";
  expect(line).toMatch(/^error: [^\n]+: [^\n;]+; [^\n;]+$/);
  return line.slice("error: ".length);
}

describe.skipIf(process.platform !== "linux")("the setup script (on Linux)", () => {
  it.each(["g++", "make", "python3"])("names %s if it is missing", async (name) => {
    program(name, `echo "sh: ${name}: not found" >&2; exit 127`);
    const line = lastLine(await started(wheelFolder).finished, 1);
    expect(line).toMatch(
      /^setup:tensorflow: .* is needed \(.*not found\); install a C\+\+ compiler, make and Python 3/,
    );
    expect(line).toContain(`${name} is needed`);
  });

  it("shows the error of pip, and suggests choosing a wheel", async () => {
    program(
      "python3",
      '[ "$2" = pip ] || exit 0\necho "WARNING: Retrying"\necho "ERROR: No matching distribution found" >&2; exit 1',
    );
    const line = lastLine(await started().finished, 1);
    expect(line).toMatch(
      /pip cannot download tensorflow-cpu==\S+ \(ERROR: No matching distribution found\); choose a wheel/,
    );
  });

  it("names a wheel that is missing, damaged or incomplete", async () => {
    const file = join(wheelFolder, "some.whl");
    expect(lastLine(await started(file).finished, 1)).toBe(
      `${file}: no such file or folder; choose a tensorflow-cpu wheel or its folder`,
    );
    writeFileSync(file, "no wheel");
    program(
      "python3",
      '[ "$1" = -c ] || exit 0\necho "zipfile.BadZipFile: File is not a zip file" >&2; exit 1',
    );
    expect(lastLine(await started(file).finished, 1)).toMatch(
      /some\.whl" cannot be unpacked \(.*not a zip file\); choose/,
    );
    program("python3", "exit 0");
    expect(lastLine(await started(file).finished, 1)).toMatch(
      /some\.whl: must contain libtensorflow_cc\.so\.2, .*; choose/,
    );
    expect(lastLine(await started(programs).finished, 1)).toContain(`${programs}: must contain `);
  });

  it("names a cache folder that is not writable", async () => {
    writeFileSync(join(cache, "pixscale"), "a file");
    const { status, stderr } = await started(wheelFolder).finished;
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error: \/[^\n]*pixscale[^\n]*: (a file, not a folder|part of this path is a file); [^\n]+\n$/,
    );
  });

  it("shows the error of npm", async () => {
    program("npm", 'echo "npm error code E404" >&2; exit 1');
    const line = lastLine(await started(wheelFolder).finished, 1);
    expect(line).toMatch(
      /npm cannot install @tensorflow\/tfjs-node@4\.22\.0 \(npm error code E404\); .*registry/,
    );
  });

  it("shows the error of the compiler", async () => {
    program(
      "npm",
      npm('echo "tfjs_binding.cc:1: error: no such header"; echo "make: *** [x.o] Failed"; exit 1'),
    );
    const line = lastLine(await started(join(wheelFolder, "tensorflow")).finished, 1);
    expect(line).toMatch(/the addon cannot be built \(tfjs_binding\.cc:1: error: no such header\); /);
  });

  it("removes a setup that cannot train", async () => {
    const { status, stderr } = await started(wheelFolder).finished;
    expect({ status, left: left() }).toEqual({ status: 1, left: [] });
    expect(stderr).toMatch(
      /4\/4 [^\n]+\nerror: setup:tensorflow: .* without its native part.*; try again [^\n]+\n$/,
    );
  });

  it("keeps an earlier setup if a step fails", async () => {
    const before = join(cache, "pixscale", `tfjs-node-4.22.0-linux-${process.arch}`);
    mkdirSync(before, { recursive: true });
    writeFileSync(join(before, "mine"), "");
    program("npm", "exit 1");
    expect((await started(wheelFolder).finished).status).toBe(1);
    expect(left()).toEqual([before.split("/").at(-1)]);
    expect(readdirSync(before)).toEqual(["mine"]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends its programs on %s, and leaves nothing", async (signal, status) => {
    const mark = join(cache, "continued");
    program("npm", `sleep 1000 & echo $! > ${cache}/pid; wait; touch ${mark}`);
    const { process: setup, finished, untilStderr } = started(wheelFolder);
    await untilStderr("2/4");
    while (!existsSync(join(cache, "pid"))) await new Promise((resolve) => setTimeout(resolve, 20));
    setup.kill(signal);
    expect((await finished).status).toBe(status);
    expect(left()).toEqual([]);
    expect(existsSync(mark)).toBe(false);
  });

  it("takes one wheel and no options", async () => {
    for (const args of [["a", "b"], ["--help-me"]]) {
      expect(lastLine(await started(...args).finished, 2)).toMatch(
        /^setup:tensorflow: takes one wheel or folder; /,
      );
    }
  });
});
