import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PixscaleError } from "../../src/errors.ts";
import type { ExperimentIdentity } from "../../src/experiment/identity.ts";
import { type ClaimedRun, isLedgerFile, Ledger, readExperiment } from "../../src/experiment/ledger.ts";
import { mergeExperiments } from "../../src/experiment/merge.ts";
import { type ExperimentPlan, plannedRuns, shardOfRuns } from "../../src/experiment/plan.ts";
import { RunLock } from "../../src/experiment/run-lock.ts";
import { RandomStream } from "../../src/random.ts";
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
    expect(second.claim(runs)).toEqual({
      run,
      checkpoint: undefined,
      damaged: join(folder, "runs", `${run.id}.checkpoint`),
    });
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
      expect(message(() => open())).toMatch(/not the description of an experiment: .*; /);
    }
  });
});

describe("an experiment whose bytes change", () => {
  const trained = () => {
    const ledger = open();
    for (const run of runs) {
      ledger.claim(runs);
      ledger.finish(run, document(run.id));
    }
    ledger.close();
    return mergeExperiments([folder]);
  };

  it.each([
    "experiment.json",
    join("runs", `${runs[0].id}.json`),
  ])("gives its answer or an error: %s", (name) => {
    const whole = trained();
    const path = join(folder, name);
    const bytes = readFileSync(path);
    const random = new RandomStream(3, "shuffle");
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const changed = Buffer.from(bytes);
      const places = 1 + (i % 3);
      for (let k = 0; k < places; k++)
        changed[Math.floor(random.uniform() * bytes.length)] = 256 * random.uniform();
      writeFileSync(path, changed);
      try {
        expect(mergeExperiments([folder])).toEqual(whole);
      } catch (error) {
        expect(error).toBeInstanceOf(PixscaleError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });

  it("is refused if its figures contradict each other, also without a checksum", () => {
    trained();
    const [run] = runs;
    const path = join(folder, "runs", `${run.id}.json`);
    const good = document(run.id);
    const { length } = good.misclassified;
    const changes: [object, RegExp][] = [
      [{ test: { ...good.test, accuracy: 1e300 } }, /test\.accuracy/],
      [{ test: { ...good.test, accuracy: -3 } }, /test\.accuracy/],
      [{ misclassified: [] }, /its accuracy is .*, but 0 of 1000 images are wrong/],
      [{ misclassified: Array(length).fill(7) }, /its wrong images are no list/],
      [{ dataset: "1".repeat(64) }, /it was trained on other data/],
      [{ epochs: [null] }, /epochs\.0/],
      [{ epochs: good.epochs.slice(1) }, /it has 1 of 2 epochs/],
      [{ settings: { ...good.settings, seed: 9 } }, /its seed is 9, not 0/],
      [{ test: { ...good.test, confusion: [[1000]] } }, /its confusion table has other counts/],
      [{ id: "other" }, /its id is other/],
    ];
    for (const [change, problem] of changes) {
      writeFileSync(path, JSON.stringify({ ...good, ...change }));
      expect(message(() => mergeExperiments([folder]))).toMatch(problem);
    }
    writeFileSync(path, JSON.stringify(good));
    expect(mergeExperiments([folder]).finished.get(run.id)).toEqual(good);
  });

  it("is refused if it plans more runs than anyone trains, or scalings that are none", () => {
    open().close();
    const path = join(folder, "experiment.json");
    const { dimensions, ...rest } = readExperiment(folder);
    const many = Array.from({ length: 2000 }, (_, i) => i);
    writeFileSync(
      path,
      JSON.stringify({ ...rest, dimensions: { ...dimensions, seed: many, learningRate: many } }),
    );
    expect(message(() => readExperiment(folder))).toMatch(/plans 8,000,000 runs/);
    writeFileSync(path, JSON.stringify({ ...rest, dimensions: { ...dimensions, scaling: [5] } }));
    expect(message(() => readExperiment(folder))).toMatch(/dimensions\.scaling\.0/);
  });

  it("starts a run again if its checkpoint has lost a bit", () => {
    const first = open();
    const { run } = first.claim(runs) as ClaimedRun;
    first.saveCheckpoint(run, checkpoint);
    first.close();
    const path = join(folder, "runs", `${run.id}.checkpoint`);
    const bytes = readFileSync(path);
    for (let place = 0; place < bytes.length; place++) {
      const changed = Buffer.from(bytes);
      changed[place] ^= 1 << (place % 8);
      writeFileSync(path, changed);
      const ledger = open();
      expect(ledger.claim(runs)).toEqual({ run, checkpoint: undefined, damaged: path });
      ledger.close();
    }
  });
});

it("the files of an experiment are known through links, too", () => {
  open().close();
  const link = `${folder}-link`;
  symlinkSync(folder, link);
  symlinkSync(join(folder, "experiment.json"), join(folder, "other.json"));
  const own = ["experiment.json", "looks.json", "other.json", join("runs", "x.json")];
  for (const name of own) {
    expect(isLedgerFile(folder, join(link, name))).toBe(true);
    expect(isLedgerFile(link, join(folder, name))).toBe(true);
  }
  expect(isLedgerFile(folder, join(folder, "report.html"))).toBe(false);
  rmSync(link);
});

describe("a lock", () => {
  it("belongs to one process until it is released", () => {
    const lock = RunLock.take(folder, "run");
    expect(lock).toBeInstanceOf(RunLock);
    expect(RunLock.take(folder, "run")).not.toBeInstanceOf(RunLock);
    expect(RunLock.take(folder, "run.2")).toBeInstanceOf(RunLock);
    (lock as RunLock).release();
    expect(RunLock.take(folder, "run")).toBeInstanceOf(RunLock);
  });

  it("of a dead process is superseded at once, by exactly one process", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const { hostname } = await import("node:os");
    const holder = { host: hostname(), pid: child.pid };
    writeFileSync(join(folder, "run.lock.0"), JSON.stringify(holder));
    const lock = RunLock.take(folder, "run");
    expect(lock).toBeInstanceOf(RunLock);
    expect(RunLock.take(folder, "run")).not.toBeInstanceOf(RunLock);
    (lock as RunLock).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    "{}",
    "null",
    '{"host":3,"pid":1}',
    '{"host":"elsewhere","pid":null}',
    '{"host":"x","pid":1e400}',
  ])("that says %s is nobody's", (text) => {
    const path = join(folder, "run.lock.0");
    writeFileSync(path, text);
    utimesSync(path, new Date(Date.now() - 5000), new Date(Date.now() - 5000));
    expect(RunLock.take(folder, "run")).toBeInstanceOf(RunLock);
  });

  it("whose number is none does not count", () => {
    writeFileSync(join(folder, "run.lock.NaN"), "");
    writeFileSync(join(folder, "run.lock.1e9"), "");
    expect(RunLock.take(folder, "run")).toBeInstanceOf(RunLock);
  });

  it("with a date in the future is superseded after a minute without a change", () => {
    const path = join(folder, "run.lock.0");
    writeFileSync(path, JSON.stringify({ host: "elsewhere", pid: 1 }));
    const later = new Date(Date.now() + 1e10);
    utimesSync(path, later, later);
    const clock = vi.spyOn(performance, "now");
    const start = performance.now();
    expect(RunLock.take(folder, "run")).toEqual({ host: "elsewhere", pid: 1 });
    clock.mockReturnValue(start + 59_000);
    expect(RunLock.take(folder, "run")).toEqual({ host: "elsewhere", pid: 1 });
    clock.mockReturnValue(start + 61_000);
    expect(RunLock.take(folder, "run")).toBeInstanceOf(RunLock);
    clock.mockRestore();
  });

  it("of another machine is superseded after a minute without a sign of life", () => {
    const path = join(folder, "run.lock.0");
    writeFileSync(path, JSON.stringify({ host: "elsewhere", pid: 1 }));
    expect(RunLock.take(folder, "run")).not.toBeInstanceOf(RunLock);
    const before = new Date(Date.now() - 61_000);
    utimesSync(path, before, before);
    expect(RunLock.take(folder, "run")).toBeInstanceOf(RunLock);
  });

  it("is taken by exactly one of many processes that try at once", async () => {
    const source = new URL("../../dist/experiment/run-lock.js", import.meta.url);
    const script = `
      const { RunLock } = await import("${source}");
      while (Date.now() < ${Date.now() + 1500}) {}
      let taken = 0;
      for (let i = 0; i < 50; i++) if (RunLock.take(${JSON.stringify(folder)}, "run" + i) instanceof RunLock) taken++;
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
