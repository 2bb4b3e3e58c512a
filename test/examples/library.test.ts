import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EXAMPLES = join(ROOT, "examples/library");
// The package imports itself by name from within its folder alone.
const BUILD = join(EXAMPLES, "build");
const run = promisify(execFile);

/** What each example prints. */
const OUTPUT: Readonly<Record<string, RegExp>> = {
  // A standardized split has the mean 0, and bytes come back as they were.
  "scale-arrays": /^mean -?0\.000000, back to 0 37 74\nas JSON: \d{3} characters\n$/,
  // Mean and population deviation of the 1,920 bytes (i·k mod 256, i < 640, k = 3, 4, 5), by NumPy 2.4.
  "fit-in-pieces": /"mean":\[124\.8\],"std":\[73\.8960531196\d*\]/,
  "train-and-predict":
    /^stopped after [1-9] of 10 epochs: test accuracy 0\.[89]\d*\nimage 0 is a \d with probability [01]\.\d\d; /,
  "compare-scalings": /^best: normalize\n(.+: .+\n){2}$/,
  "tensorflow-batches": /^2000 images, mean 0\.0000\n$/,
};

beforeAll(async () => {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [compiler, "-p", join(EXAMPLES, "tsconfig.json")]);
}, 60_000);

afterAll(() => rmSync(BUILD, { recursive: true, force: true }));

describe.concurrent("the library's examples", () => {
  it.each(
    readdirSync(EXAMPLES)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -3)),
  )("%s compiles and prints what it should", async (name) => {
    const { stdout } = await run(process.execPath, [join(BUILD, `${name}.js`)]);
    expect(stdout).toMatch(OUTPUT[name]);
  }, 60_000);
});

describe("the API page", () => {
  it("has every public name; npm run docs:api writes it", () => {
    const source = readFileSync(join(ROOT, "src/index.ts"), "utf8");
    const names = [...source.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
      list.split(",").map((name) => name.replace("type ", "").trim()),
    );
    const page = readFileSync(join(ROOT, "docs/api/README.md"), "utf8");
    const headings = new Set(
      [...page.matchAll(/^### ([\w\\]+)/gm)].map(([, heading]) => heading.replaceAll("\\", "")),
    );
    const missing = names.filter((name) => name !== "" && !headings.has(name));
    expect(missing).toEqual([]);
  });
});
