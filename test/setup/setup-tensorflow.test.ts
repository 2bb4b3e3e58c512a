import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { environment, type Finished, startProcess, temporaryFolder } from "../cli/run.ts";

/**
 * `npm run setup:tensorflow` with programs that do nothing or fail, put before the real ones in PATH: what fails is named, and
 * nothing is left of it. That it works is shown where it can, by the tests of the backend that it sets up.
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

/** An npm that installs a tfjs-node without its native part, and whose build does what is said. */
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

/** The last line of a setup that failed and left nothing. */
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

  it("says what pip said, and that a wheel can be named", async () => {
    program(
      "python3",
      '[ "$2" = pip ] || exit 0\necho "WARNING: Retrying"\necho "ERROR: No matching distribution found" >&2; exit 1',
    );
    const line = lastLine(await started().finished, 1);
    expect(line).toMatch(
      /pip cannot download tensorflow-cpu==\S+ \(ERROR: No matching distribution found\); name a wheel/,
    );
  });

  it("names a wheel that is not there, is none, or holds something else", async () => {
    const file = join(wheelFolder, "some.whl");
    expect(lastLine(await started(file).finished, 1)).toBe(
      `${file}: does not exist; name a tensorflow-cpu wheel or the folder of one`,
    );
    writeFileSync(file, "no wheel");
    program(
      "python3",
      '[ "$1" = -c ] || exit 0\necho "zipfile.BadZipFile: File is not a zip file" >&2; exit 1',
    );
    expect(lastLine(await started(file).finished, 1)).toMatch(
      /some\.whl cannot be unpacked \(.*not a zip file\); name/,
    );
    program("python3", "exit 0");
    expect(lastLine(await started(file).finished, 1)).toMatch(
      /some\.whl: does not hold libtensorflow_cc\.so\.2, .*; name/,
    );
    expect(lastLine(await started(programs).finished, 1)).toContain(`${programs}: does not hold`);
  });

  it("names a cache that cannot be written", async () => {
    writeFileSync(join(cache, "pixscale"), "a file");
    const { status, stderr } = await started(wheelFolder).finished;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: \/[^\n]*pixscale[^\n]*: (is a file|has a file)[^\n]*; [^\n]+\n$/);
  });

  it("names npm's error", async () => {
    program("npm", 'echo "npm error code E404" >&2; exit 1');
    const line = lastLine(await started(wheelFolder).finished, 1);
    expect(line).toMatch(
      /npm cannot install @tensorflow\/tfjs-node@4\.22\.0 \(npm error code E404\); .*registry/,
    );
  });

  it("names the compiler's error", async () => {
    program(
      "npm",
      npm('echo "tfjs_binding.cc:1: error: no such header"; echo "make: *** [x.o] Failed"; exit 1'),
    );
    const line = lastLine(await started(join(wheelFolder, "tensorflow")).finished, 1);
    expect(line).toMatch(/the addon cannot be built \(tfjs_binding\.cc:1: error: no such header\); /);
  });

  it("does not keep what does not train", async () => {
    const { status, stderr } = await started(wheelFolder).finished;
    expect({ status, left: left() }).toEqual({ status: 1, left: [] });
    expect(stderr).toMatch(
      /4\/4 [^\n]+\nerror: setup:tensorflow: .* without its native part.*; try again [^\n]+\n$/,
    );
  });

  it("keeps what was set up before, if a part fails", async () => {
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
  ] as const)("ends what it runs on %s, and leaves nothing", async (signal, status) => {
    const mark = join(cache, "went-on");
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
