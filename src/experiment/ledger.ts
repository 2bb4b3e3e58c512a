import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { PixscaleError } from "../errors.ts";
import { withChecksum } from "../files/checked-json.ts";
import { sha256 } from "../files/hash.ts";
import { jsonText, readJsonSync } from "../files/json.ts";
import { readBytesSync } from "../files/read.ts";
import { isWithin } from "../files/real-path.ts";
import { makeWritableFolder, writeFiles, writing } from "../files/write.ts";
import type { Checkpoint } from "../training/train.ts";
import { type FinishedRun, withoutTable } from "./finished-run.ts";
import { type ExperimentIdentity, requireSameExperiment } from "./identity.ts";
import { LOOKS_FILE } from "./looks.ts";
import type { PlannedRun } from "./plan.ts";
import { readIdentity } from "./read-identity.ts";
import { readFinishedRun } from "./read-run.ts";
import { type Holder, RunLock } from "./run-lock.ts";

export const EXPERIMENT_FILE = "experiment.json";
export const LOCK_FOLDER = "locks";
/** A checkpoint begins with the SHA-256 of the rest. */
const SUM_BYTES = 32;
const TOUCH_EVERY = 10_000;

/** A run that only this process may train now. */
export interface ClaimedRun {
  readonly run: PlannedRun;
  /** Where an earlier process stopped. */
  readonly checkpoint: Checkpoint | undefined;
  /** The file of a checkpoint that is damaged; the run starts again. */
  readonly damaged?: string;
}

/** What of finished runs is kept in memory: a confusion table of 1,000 classes takes 8 MB, and a comparison needs none. */
export type Kept = "all" | "without tables";

/** The remaining runs are those of other processes, of which one is this. */
export interface HeldRuns {
  readonly heldBy: Holder | "unknown";
}

/**
 * An experiment's folder: `experiment.json`, in `runs/` one JSON file per finished run and one checkpoint per run in progress, and in
 * `locks/` the claims of processes: apart, so that listing them takes as long with thousands of runs as with one. Files are replaced atomically, so a process may be killed at any moment; several may work in the folder at once.
 */
export class Ledger {
  readonly #folder: string;
  readonly #runs: string;
  readonly #lockFolder: string;
  /** Runs known to be finished, which stay so. */
  readonly #settled = new Set<string>();
  /** Files that killed processes left half-written, when the folder was opened. */
  readonly #leftOver: readonly string[];
  /** Fingerprint of the experiment's dataset. */
  #dataset = "";
  readonly #locks = new Map<string, RunLock>();
  readonly #touching: NodeJS.Timeout;
  readonly #releaseAll = () => {
    for (const lock of this.#locks.values()) lock.release();
  };

  private constructor(folder: string) {
    this.#folder = folder;
    this.#runs = join(folder, "runs");
    this.#lockFolder = join(folder, LOCK_FOLDER);
    this.#leftOver = writing(this.#runs, () => readdirSync(this.#runs)).filter((name) =>
      name.endsWith(".tmp"),
    );
    this.#touching = setInterval(() => {
      for (const lock of this.#locks.values()) lock.touch();
    }, TOUCH_EVERY).unref();
    // Also when a signal ends the process. SIGKILL leaves locks behind, and others see that their process has died.
    process.on("exit", this.#releaseAll);
  }

  /**
   * Opens an experiment's folder, or creates it; its plan may grow.
   *
   * @throws PixscaleError if the folder belongs to other settings or cannot be written
   */
  static open(folder: string, identity: ExperimentIdentity): Ledger {
    requireSame(folder, identity);
    makeWritableFolder(join(folder, "runs"));
    makeWritableFolder(join(folder, LOCK_FOLDER));
    const ledger = new Ledger(folder);
    ledger.grow(identity);
    return ledger;
  }

  /** Writes a larger plan. @throws PixscaleError if it is another experiment's or cannot be written */
  grow(identity: ExperimentIdentity): void {
    const before = requireSame(this.#folder, identity);
    this.#dataset = identity.dataset;
    if (before !== undefined && jsonText(before) === jsonText(identity)) return;
    writeFiles(new Map([[join(this.#folder, EXPERIMENT_FILE), jsonText(withChecksum(identity))]]));
  }

  /** The finished runs among these, by id. @throws PixscaleError if a file is damaged */
  finished(runs: readonly PlannedRun[], kept: Kept = "all"): Map<string, FinishedRun> {
    return readFinishedRuns(this.#folder, runs, this.#dataset, kept);
  }

  /**
   * Claims the first of these runs that is neither finished nor claimed: who holds the remaining ones if others do,
   * `done` if all are finished or claimed by this process.
   *
   * @throws PixscaleError if the folder can no longer be written
   */
  claim(runs: readonly PlannedRun[]): ClaimedRun | HeldRuns | "done" {
    let held: HeldRuns | undefined;
    for (const run of runs) {
      if (this.#locks.has(run.id) || this.#isSettled(run)) continue;
      const lock = writing(this.#lockFolder, () => RunLock.take(this.#lockFolder, run.id));
      // Its last holder may just have finished it.
      if (!(lock instanceof RunLock)) held ??= { heldBy: lock };
      else if (this.#isSettled(run)) lock.release();
      else {
        this.#locks.set(run.id, lock);
        this.#removeTemporaryFiles(run);
        return { run, ...this.#readCheckpoint(run) };
      }
    }
    return held ?? "done";
  }

  /** Saves the state of a claimed run. @throws PixscaleError if it cannot be written; the previous one is kept then */
  saveCheckpoint(run: PlannedRun, checkpoint: Checkpoint): void {
    const state = serialize(checkpoint);
    const checked = Buffer.concat([Buffer.from(sha256(state), "hex"), state]);
    writeFiles(new Map([[this.#path(run, "checkpoint"), checked]]));
  }

  /** Saves the results of a claimed run and releases the claim. @throws PixscaleError if they cannot be written */
  finish(run: PlannedRun, document: FinishedRun): void {
    writeFiles(new Map([[this.#path(run, "json"), `${JSON.stringify(withChecksum(document))}\n`]]));
    rmSync(this.#path(run, "checkpoint"), { force: true });
    this.#locks.get(run.id)?.release();
    this.#locks.delete(run.id);
  }

  /** Releases all claims. */
  close(): void {
    clearInterval(this.#touching);
    process.off("exit", this.#releaseAll);
    this.#releaseAll();
    this.#locks.clear();
  }

  #isSettled(run: PlannedRun): boolean {
    if (this.#settled.has(run.id)) return true;
    if (!existsSync(this.#path(run, "json"))) return false;
    this.#settled.add(run.id);
    return true;
  }

  /** A damaged checkpoint costs its epochs, not the experiment. */
  #readCheckpoint(run: PlannedRun): Pick<ClaimedRun, "checkpoint" | "damaged"> {
    const path = this.#path(run, "checkpoint");
    if (!existsSync(path)) return { checkpoint: undefined };
    const bytes = readBytesSync(path);
    const checkpoint = parseCheckpoint(bytes);
    return checkpoint === undefined ? { checkpoint, damaged: path } : { checkpoint };
  }

  /** Removes what a killed process left half-written; nobody else writes this run's files now. */
  #removeTemporaryFiles(run: PlannedRun): void {
    for (const name of this.#leftOver) {
      if (name.startsWith(`${run.id}.`)) rmSync(join(this.#runs, name), { force: true });
    }
  }

  #path(run: PlannedRun, extension: "json" | "checkpoint"): string {
    return runPath(this.#folder, run, extension);
  }
}

/** The plan of a folder, if it has one. @throws PixscaleError if it does not belong to this experiment */
function requireSame(folder: string, identity: ExperimentIdentity): ExperimentIdentity | undefined {
  const before = findExperiment(folder);
  if (before !== undefined) requireSameExperiment(before, identity, folder);
  return before;
}

/** Whether a folder holds an experiment, perhaps a damaged one. */
export function isExperimentFolder(folder: string): boolean {
  return existsSync(join(folder, EXPERIMENT_FILE)) || existsSync(join(folder, "runs"));
}

/** Reads the plan of an experiment's folder; undefined if it has none yet. @throws PixscaleError if the file is damaged */
export function findExperiment(folder: string): ExperimentIdentity | undefined {
  return existsSync(join(folder, EXPERIMENT_FILE)) ? readExperiment(folder) : undefined;
}

/** Reads the plan of an experiment's folder. @throws PixscaleError if it is not such a folder */
export function readExperiment(folder: string): ExperimentIdentity {
  const path = join(folder, EXPERIMENT_FILE);
  if (existsSync(folder) && !existsSync(path)) {
    throw new PixscaleError(
      folder,
      `holds no experiment (${EXPERIMENT_FILE})`,
      "name a folder that compare wrote",
    );
  }
  return readIdentity(readJsonSync(path), path);
}

/** The finished runs of a folder among the planned ones, by id; `dataset` is the fingerprint of
 * their dataset. @throws PixscaleError if a file is damaged */
export function readFinishedRuns(
  folder: string,
  runs: readonly PlannedRun[],
  dataset: string,
  kept: Kept = "all",
): Map<string, FinishedRun> {
  const paths = runs.map((run) => [run, runPath(folder, run, "json")] as const);
  return new Map(
    paths
      .filter(([, path]) => existsSync(path))
      .map(([run, path]) => {
        const found = readFinishedRun(readJsonSync(path), run, path, dataset);
        return [run.id, kept === "all" ? found : withoutTable(found)];
      }),
  );
}

/** Reads the state of a run in progress. @throws PixscaleError if the file is damaged */
export function readCheckpoint(path: string): Checkpoint {
  const checkpoint = parseCheckpoint(readBytesSync(path));
  if (checkpoint !== undefined) return checkpoint;
  throw new PixscaleError(path, "damaged since it was written", "delete it, and the run starts again");
}

/** Undefined if the bytes are damaged. */
function parseCheckpoint(bytes: Buffer): Checkpoint | undefined {
  const [sum, state] = [bytes.subarray(0, SUM_BYTES), bytes.subarray(SUM_BYTES)];
  return sha256(state) === sum.toString("hex") ? (deserialize(state) as Checkpoint) : undefined;
}

/** Whether a path is one of the experiment's own files, also through links; nothing else may overwrite them. */
export function isLedgerFile(folder: string, path: string): boolean {
  return [EXPERIMENT_FILE, LOOKS_FILE, "runs", LOCK_FOLDER].some((name) =>
    isWithin(join(folder, name), path),
  );
}

function runPath(folder: string, { id }: PlannedRun, extension: "json" | "checkpoint"): string {
  return join(folder, "runs", `${id}.${extension}`);
}
