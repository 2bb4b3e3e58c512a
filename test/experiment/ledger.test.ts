import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PixscaleError } from "../../src/errors.ts";
import type { ExperimentIdentity } from "../../src/experiment/identity.ts";
import { type ClaimedRun, Ledger, readExperiment } from "../../src/experiment/ledger.ts";
import { mergeExperiments } from "../../src/experiment/merge.ts";
import { type ExperimentPlan, plannedRuns, shardOfRuns } from "../../src/experiment/plan.ts";
import { RunLock } from "../../src/experiment/run-lock.ts";
import type { Checkpoint } from "../../src/training/train.ts";
import { firstImages, identityOf, madeRuns, smallPlan } from "./support.ts";

let folder: string;
const plan = smallPlan();
const runs = plannedRuns(plan);
const documents = madeRuns(plan, () => firstImages(10));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pixscale-ledger-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const checkpoint: Checkpoint = {
  epochs: [...documents.values()][0].epochs.slice(0, 1),
  state: {
    weights: [Float32Array.of(0.1, -0), Float32Array.of(Number.NaN)],
    moments1: [],
    moments2: [],
    steps: 10,
  },
};

function message(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PixscaleError);
    expect((error as Error).message).toMatch(/^[^\n;]+: [^\n;]+; [^\n;]+$/);
    return (error as Error).message;
  }
  return expect.fail("no error");
}

function document(id: string) {
  const found = documents.get(id);
  return found ?? expect.fail(`no run ${id}`);
}

function open(changes: Partial<ExperimentPlan["dimensions"]> = {}, other: Partial<ExperimentIdentity> = {}) {
  return Ledger.open(folder, { ...identityOf(smallPlan(changes)), ...other });
}

describe("a ledger", () => {
  it("hands out each run once, until all are finished", () => {
    const ledger = open();
    const claimed = runs.map(() => ledger.claim(runs) as ClaimedRun);
    expect(claimed.map(({ run }) => run.id)).toEqual(runs.map(({ id }) => id));
    expect(ledger.claim(runs)).toBe("done");
    for (const run of runs) ledger.finish(run, document(run.id));
    ledger.close();
    const again = open();
    expect(again.finished(runs)).toEqual(documents);
    expect(again.claim(runs)).toBe("done");
    again.close();
    expect(readdirSync(join(folder, "runs")).filter((name) => !name.endsWith(".json"))).toEqual([]);
  });

  it("continues from the last checkpoint, bit for bit", () => {
    const first = open();
    const { run } = first.claim(runs) as ClaimedRun;
    first.saveCheckpoint(run, checkpoint);
    first.close();
    const second = open();
    expect(second.claim(runs)).toEqual({ run, checkpoint });
    second.close();
  });

  it("restarts a run whose checkpoint is unreadable, and removes the files of a killed process", () => {
    const first = open();
    const { run } = first.claim(runs) as ClaimedRun;
    first.close();
    writeFileSync(join(folder, "runs", `${run.id}.checkpoint`), "damaged");
    writeFileSync(join(folder, "runs", `${run.id}.json.1.tmp`), "half");
    const second = open();
    expect(second.claim(runs)).toEqual({ run, checkpoint: undefined });
    expect(existsSync(join(folder, "runs", `${run.id}.json.1.tmp`))).toBe(false);
    second.close();
  });

  it("accepts more scalings and seeds, but no other settings", () => {
    open().close();
    open({ scaling: ["normalize", "center", "none"], seed: [0, 1, 2, 3] }).close();
    expect(readExperiment(folder).dimensions.seed).toEqual([0, 1, 2, 3]);
    const same = { scaling: ["normalize", "center", "none"], seed: [0, 1, 2, 3] };
    expect(message(() => open({ ...same, epochs: [3] }))).toMatch(/made for epochs 2, not 3; /);
    expect(message(() => open({ ...same, seed: [0, 1] }))).toMatch(/made for seeds 0,1,2,3, not 0,1; /);
    expect(message(() => open(same, { dataset: "1".repeat(64) }))).toMatch(/images 0{12}, not 1{12}; /);
    const shared = { ...plan.shared, limit: 100 };
    expect(message(() => open(same, { shared }))).toMatch(/limit unset, not 100; /);
    expect(message(() => open(same, { pixscale: "0.0.0" }))).toMatch(/pixscale .*, not 0\.0\.0; /);
    open(same).close();
  });

  it("names a damaged file", () => {
    const ledger = open();
    writeFileSync(join(folder, "runs", `${runs[0].id}.json`), "{}");
    expect(message(() => ledger.finished(runs))).toContain(`${runs[0].id}.json: `);
    ledger.close();
    writeFileSync(join(folder, "experiment.json"), "[");
    expect(message(() => open())).toMatch(/experiment\.json: not valid JSON; /);
    for (const text of ["null", "[]", '{"format":"pixscale-experiment","version":1}']) {
      writeFileSync(join(folder, "experiment.json"), text);
      expect(message(() => open())).toMatch(/not the description of an experiment; /);
    }
  });
});

describe("a lock", () => {
  it("belongs to one process until it is released", () => {
    const lock = RunLock.take(folder, "run");
    expect(lock).toBeDefined();
    expect(RunLock.take(folder, "run")).toBeUndefined();
    expect(RunLock.take(folder, "run.2")).toBeDefined();
    lock?.release();
    expect(RunLock.take(folder, "run")).toBeDefined();
  });

  it("of a dead process is superseded at once, by exactly one process", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const { hostname } = await import("node:os");
    const holder = { host: hostname(), pid: child.pid };
    writeFileSync(join(folder, "run.lock.0"), JSON.stringify(holder));
    const lock = RunLock.take(folder, "run");
    expect(lock).toBeDefined();
    expect(RunLock.take(folder, "run")).toBeUndefined();
    lock?.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of another machine is superseded after a minute without a sign of life", () => {
    const path = join(folder, "run.lock.0");
    writeFileSync(path, JSON.stringify({ host: "elsewhere", pid: 1 }));
    expect(RunLock.take(folder, "run")).toBeUndefined();
    const before = new Date(Date.now() - 61_000);
    utimesSync(path, before, before);
    expect(RunLock.take(folder, "run")).toBeDefined();
  });

  it("is taken by exactly one of many processes that try at once", async () => {
    const source = new URL("../../dist/experiment/run-lock.js", import.meta.url);
    const script = `
      const { RunLock } = await import("${source}");
      while (Date.now() < ${Date.now() + 1500}) {}
      let taken = 0;
      for (let i = 0; i < 50; i++) if (RunLock.take(${JSON.stringify(folder)}, "run" + i)) taken++;
      console.log(taken);
      await new Promise((resolve) => setTimeout(resolve, 500));
    `;
    const counts = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        child.stdout.on("data", (part) => {
          text += part;
        });
        await once(child, "close");
        return Number(text);
      }),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50);
  });
});

describe("merging folders", () => {
  it("combines shards", () => {
    const parts = [1, 2, 3].map((part) => join(folder, String(part)));
    parts.forEach((path, i) => {
      const ledger = Ledger.open(path, identityOf(plan));
      for (const run of shardOfRuns(runs, { part: i + 1, of: 3 })) ledger.finish(run, document(run.id));
      ledger.close();
    });
    expect(mergeExperiments(parts).finished).toEqual(documents);
    expect(mergeExperiments(parts).identity).toEqual(mergeExperiments([parts[0]]).identity);
  });

  it("refuses runs with other settings, and one run with two results", () => {
    const [left, right] = ["left", "right"].map((name) => join(folder, name));
    const ledger = Ledger.open(left, identityOf(plan));
    expect(message(() => mergeExperiments([left]))).toMatch(/no run is finished yet; /);
    ledger.finish(runs[0], document(runs[0].id));
    ledger.close();
    const other = identityOf({ ...plan, shared: { ...plan.shared, axis: "pixel" } });
    Ledger.open(right, other).close();
    expect(message(() => mergeExperiments([left, right]))).toMatch(
      /right: made for axis pixel, not global; /,
    );
    rmSync(right, { recursive: true });
    const twin = Ledger.open(right, identityOf(plan));
    twin.finish(runs[0], { ...document(runs[0].id), fingerprint: "1".repeat(64) });
    twin.close();
    expect(message(() => mergeExperiments([left, right]))).toMatch(/other weights than in another folder; /);
    expect(message(() => mergeExperiments([join(folder, "none")]))).toMatch(
      /experiment.json: no such file or folder; /,
    );
  });
});
