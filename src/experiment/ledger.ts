import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { deserialize, serialize } from "node:v8";
import { PixscaleError } from "../errors.ts";
import { jsonText, readJsonSync } from "../files/json.ts";
import { makeWritableFolder, writeFiles, writing } from "../files/write.ts";
import type { Checkpoint } from "../training/train.ts";
import { type FinishedRun, readFinishedRun } from "./finished-run.ts";
import { EXPERIMENT_FORMAT, type ExperimentIdentity, requireSameExperiment } from "./identity.ts";
import { LOOKS_FILE } from "./looks.ts";
import { DIMENSION_NAMES, type PlannedRun } from "./plan.ts";
import { RunLock } from "./run-lock.ts";

const EXPERIMENT_FILE = "experiment.json";
const TOUCH_EVERY = 10_000;

/** A run that only this process may train now. */
export interface ClaimedRun {
  readonly run: PlannedRun;
  /** Where an earlier process stopped. */
  readonly checkpoint: Checkpoint | undefined;
}

/**
 * An experiment's folder: `experiment.json`, and in `runs/` one JSON file per finished run, one checkpoint per run in progress,
 * and locks. Files are replaced atomically, so a process may be killed at any moment; several may work in the folder at once.
 */
export class Ledger {
  readonly #folder: string;
  readonly #runs: string;
  readonly #locks = new Map<string, RunLock>();
  readonly #touching: NodeJS.Timeout;
  readonly #releaseAll = () => {
    for (const lock of this.#locks.values()) lock.release();
  };

  private constructor(folder: string) {
    this.#folder = folder;
    this.#runs = join(folder, "runs");
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
    const ledger = new Ledger(folder);
    ledger.grow(identity);
    return ledger;
  }

  /** Writes a larger plan. @throws PixscaleError if it is another experiment's or cannot be written */
  grow(identity: ExperimentIdentity): void {
    const before = requireSame(this.#folder, identity);
    const text = jsonText(identity);
    if (before !== undefined && jsonText(before) === text) return;
    writeFiles(new Map([[join(this.#folder, EXPERIMENT_FILE), text]]));
  }

  /** The finished runs among these, by id. @throws PixscaleError if a file is damaged */
  finished(runs: readonly PlannedRun[]): Map<string, FinishedRun> {
    return readFinishedRuns(this.#folder, runs);
  }

  /**
   * Claims the first of these runs that is neither finished nor claimed: `busy` if other processes hold the remaining ones,
   * `done` if all are finished or claimed by this process.
   *
   * @throws PixscaleError if the folder can no longer be written
   */
  claim(runs: readonly PlannedRun[]): ClaimedRun | "done" | "busy" {
    let busy = false;
    for (const run of runs) {
      if (this.#locks.has(run.id) || existsSync(this.#path(run, "json"))) continue;
      const lock = writing(this.#runs, () => RunLock.take(this.#runs, run.id));
      // Its last holder may just have finished it.
      if (lock !== undefined && existsSync(this.#path(run, "json"))) lock.release();
      else if (lock === undefined) busy = true;
      else {
        this.#locks.set(run.id, lock);
        this.#removeTemporaryFiles(run);
        return { run, checkpoint: this.#readCheckpoint(run) };
      }
    }
    return busy ? "busy" : "done";
  }

  /** Saves the state of a claimed run. @throws PixscaleError if it cannot be written; the previous one is kept then */
  saveCheckpoint(run: PlannedRun, checkpoint: Checkpoint): void {
    writeFiles(new Map([[this.#path(run, "checkpoint"), serialize(checkpoint)]]));
  }

  /** Saves the results of a claimed run and releases the claim. @throws PixscaleError if they cannot be written */
  finish(run: PlannedRun, document: FinishedRun): void {
    writeFiles(new Map([[this.#path(run, "json"), `${JSON.stringify(document)}\n`]]));
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

  /** An unreadable checkpoint costs its epochs, not the experiment. */
  #readCheckpoint(run: PlannedRun): Checkpoint | undefined {
    try {
      return deserialize(readFileSync(this.#path(run, "checkpoint"))) as Checkpoint;
    } catch {
      return undefined;
    }
  }

  /** Removes what a killed process left half-written; nobody else writes this run's files now. */
  #removeTemporaryFiles(run: PlannedRun): void {
    for (const name of readdirSync(this.#runs)) {
      if (name.startsWith(`${run.id}.`) && name.endsWith(".tmp")) {
        rmSync(join(this.#runs, name), { force: true });
      }
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

/** Reads the plan of an experiment's folder; undefined if it has none yet. @throws PixscaleError if the file is damaged */
export function findExperiment(folder: string): ExperimentIdentity | undefined {
  return existsSync(join(folder, EXPERIMENT_FILE)) ? readExperiment(folder) : undefined;
}

/** Reads the plan of an experiment's folder. @throws PixscaleError if it is not such a folder */
export function readExperiment(folder: string): ExperimentIdentity {
  const json = readJsonSync(join(folder, EXPERIMENT_FILE)) as Partial<ExperimentIdentity> | null;
  const complete =
    json?.format === EXPERIMENT_FORMAT &&
    json.version === 1 &&
    typeof json.dataset === "string" &&
    typeof json.shared === "object" &&
    DIMENSION_NAMES.every((name) => Array.isArray(json.dimensions?.[name]));
  if (!complete) {
    throw new PixscaleError(
      join(folder, EXPERIMENT_FILE),
      "not the description of an experiment",
      "use a folder that compare wrote",
    );
  }
  return json as ExperimentIdentity;
}

/** The finished runs of a folder among the planned ones, by id. @throws PixscaleError if a file is damaged */
export function readFinishedRuns(folder: string, runs: readonly PlannedRun[]): Map<string, FinishedRun> {
  const paths = runs.map((run) => [run.id, runPath(folder, run, "json")] as const);
  return new Map(
    paths
      .filter(([, path]) => existsSync(path))
      .map(([id, path]) => [id, readFinishedRun(readJsonSync(path), id, path)]),
  );
}

/** Whether a path is one of the experiment's own files, which nothing else may overwrite. */
export function isLedgerFile(folder: string, path: string): boolean {
  const file = resolve(path);
  return (
    [EXPERIMENT_FILE, LOOKS_FILE].some((name) => file === resolve(folder, name)) ||
    file.startsWith(resolve(folder, "runs") + sep)
  );
}

function runPath(folder: string, { id }: PlannedRun, extension: "json" | "checkpoint"): string {
  return join(folder, "runs", `${id}.${extension}`);
}
