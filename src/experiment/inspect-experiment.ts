import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Inspection, Inspector } from "../files/inspect-file.ts";
import { readJsonSync } from "../files/json.ts";
import { isAlive } from "../files/processes.ts";
import { writerOf } from "../files/write.ts";
import { EXPERIMENT_FILE, LOCK_FOLDER, readCheckpoint, readExperiment } from "./ledger.ts";
import { LOOKS_FILE, readLooks } from "./looks.ts";
import { plannedRuns } from "./plan.ts";
import { readFinishedRun } from "./read-run.ts";
import { isHeld } from "./run-lock.ts";

/** What an experiment's folder holds. */
export interface InspectedExperiment extends Inspection {
  /** Runs of the plan; undefined if it cannot be read, and then no run is looked at. */
  readonly planned: number | undefined;
  readonly finished: number;
  /** Runs that can go on where they stopped. */
  readonly begun: number;
}

/**
 * Reads every file of an experiment's folder and checks it as `report` and `compare` would.
 *
 * @throws PixscaleError if the folder cannot be listed
 */
export async function inspectExperiment(folder: string): Promise<InspectedExperiment> {
  const inspector = new Inspector();
  const plan = join(folder, EXPERIMENT_FILE);
  const identity = await inspector.look(plan, () => readExperiment(folder));
  const looks = join(folder, LOOKS_FILE);
  if (existsSync(looks)) await inspector.look(looks, () => readLooks(folder));
  let [finished, begun] = [0, 0];
  const runs = join(folder, "runs");
  const byId = new Map(identity && plannedRuns(identity).map((run) => [run.id, run]));
  for (const name of identity && existsSync(runs) ? readdirSync(runs).sort() : []) {
    const path = join(runs, name);
    const writer = writerOf(name);
    if (writer !== undefined && isAlive(writer)) continue;
    const [, id, kind] = /^(.*)\.(json|checkpoint)$/.exec(name) ?? [];
    const run = byId.get(id);
    if (run === undefined || identity === undefined) inspector.addLeftOver(path);
    else if (kind === "json") {
      const read = () => readFinishedRun(readJsonSync(path), run, path, identity.dataset);
      if ((await inspector.look(path, read)) !== undefined) finished++;
    } else if ((await inspector.look(path, () => readCheckpoint(path))) !== undefined) begun++;
  }
  const locks = join(folder, LOCK_FOLDER);
  for (const name of existsSync(locks) ? readdirSync(locks).sort() : []) {
    if (!isHeld(join(locks, name))) inspector.addLeftOver(join(locks, name));
  }
  return { ...inspector.found, planned: identity && byId.size, finished, begun };
}
