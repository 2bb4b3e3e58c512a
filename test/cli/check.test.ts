import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readExperiment, readFinishedRuns } from "../../src/experiment/ledger.ts";
import { plannedRuns } from "../../src/experiment/plan.ts";
import { expectReadOrRefused } from "../data/damage.ts";
import { errorLine, json, pixscale, temporaryFolder } from "./run.ts";

interface CheckDocument {
  readonly folders: readonly {
    readonly kind: string;
    readonly whole: readonly string[];
    readonly damaged: readonly { readonly path: string; readonly problem: string; readonly remedy: string }[];
    readonly leftOver: readonly string[];
    readonly finished?: number;
    readonly planned?: number;
  }[];
}

const SHORT = ["mnist-mini", "--limit", "64", "--limit-test", "50", "--epochs", "1", "--quiet"];
let experiment: string;
let model: string;

beforeAll(async () => {
  experiment = join(temporaryFolder(), "runs");
  model = temporaryFolder();
  await pixscale("compare", ...SHORT, "--scalings", "none,normalize", "--seeds", "2", "--out", experiment);
  await pixscale("train", ...SHORT, "--save", model, "--force");
});

/** A copy in which one bit of a file is flipped. */
function flipped(folder: string, name: string, byte: number): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  const bytes = readFileSync(join(copy, name));
  bytes[byte % bytes.length] ^= 4;
  writeFileSync(join(copy, name), bytes);
  return copy;
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));

describe("check", () => {
  it("finds experiments and models whole", async () => {
    const { folders } = await json<CheckDocument>("check", experiment, model);
    expect(folders.map(({ kind, damaged, leftOver }) => [kind, damaged, leftOver])).toEqual([
      ["experiment", [], []],
      ["model", [], []],
    ]);
    expect(folders[0]).toMatchObject({ planned: 4, finished: 4 });
    expect(folders[0].whole).toHaveLength(filesOf(experiment).length);
    // The weights are looked at with model.json.
    expect(folders[1].whole).toHaveLength(filesOf(model).length - 1);
  });

  it.each([0, 1])("finds a flipped bit in any file of either folder (%i)", async (place) => {
    for (const folder of [experiment, model]) {
      for (const name of filesOf(folder)) {
        const copy = flipped(folder, name, place === 0 ? 40 : readFileSync(join(folder, name)).length - 9);
        const { status, stdout } = await pixscale("check", copy, "--json");
        const [{ damaged }] = (JSON.parse(stdout) as CheckDocument).folders;
        expect({ name, status, damaged: damaged.length > 0 }).toEqual({ name, status: 1, damaged: true });
      }
    }
  }, 60_000);

  it("of random damage to a plan or a run is right: it is refused, or the same answer is read", async () => {
    const read = (folder: string) => {
      const identity = readExperiment(folder);
      return { identity, runs: [...readFinishedRuns(folder, plannedRuns(identity), identity.dataset)] };
    };
    const whole = read(experiment);
    for (const file of ["experiment.json", join("runs", readdirSync(join(experiment, "runs"))[0])]) {
      await expectReadOrRefused({ data: experiment, file }, 1000, async (copy) =>
        expect(read(copy)).toEqual(whole),
      );
    }
  }, 60_000);

  it("names what is damaged and what is left over, and ends with status 1", async () => {
    const [name] = readdirSync(join(experiment, "runs"));
    const copy = flipped(experiment, join("runs", name), 300);
    // No process has this number.
    writeFileSync(join(copy, "locks", "other.lock.0"), JSON.stringify({ host: hostname(), pid: 2 ** 22 }));
    const { status, stdout, stderr } = await pixscale("check", copy);
    expect(stdout).toContain(
      `${copy}: an experiment, 3 of 4 runs finished; ${filesOf(experiment).length - 1} files are whole, 1 damaged, 1 left over\n`,
    );
    expect(stdout).toContain(`  ✗ ${join("runs", name)}: `);
    expect(stdout).toContain(`  · ${join("locks", "other.lock.0")}: left over, nothing uses it\n`);
    expect(stderr).toMatch(/^error: .*; delete the file, and the run will be repeated\n$/);
    expect(status).toBe(1);
  });

  it("says so where there is nothing to check", async () => {
    const folder = temporaryFolder();
    expect(errorLine(await pixscale("check", folder), 1)).toContain(
      "holds neither an experiment nor a model",
    );
    rmSync(folder, { recursive: true });
    expect(errorLine(await pixscale("check", folder), 1)).toContain("no such file or folder");
  });
});
