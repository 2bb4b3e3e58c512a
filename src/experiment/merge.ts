import { PixscaleError } from "../errors.ts";
import { type FinishedRun, isTrained } from "./finished-run.ts";
import { type ExperimentIdentity, requireSameRuns } from "./identity.ts";
import { type Kept, readExperiment, readFinishedRuns } from "./ledger.ts";
import { DIMENSION_NAMES, type Dimensions, plannedRuns } from "./plan.ts";

/** An experiment merged from several folders. */
export interface MergedExperiment {
  readonly identity: ExperimentIdentity;
  readonly finished: ReadonlyMap<string, FinishedRun>;
}

/**
 * Reads the finished runs of folders that hold parts of one experiment.
 *
 * @param folders at least one
 * @throws PixscaleError if a folder holds no experiment or runs of other data or settings, if no run is finished, or if the weights
 *   of a run differ between folders
 */
export function mergeExperiments(folders: readonly string[], kept: Kept = "all"): MergedExperiment {
  const identities = folders.map(readExperiment);
  const [first, ...others] = identities;
  others.forEach((other, i) => {
    requireSameRuns(other, first, folders[i + 1]);
  });
  const identity = { ...first, dimensions: unite(identities) };
  const runs = plannedRuns(identity);
  const finished = new Map<string, FinishedRun>();
  for (const folder of folders) {
    for (const [id, run] of readFinishedRuns(folder, runs, identity.dataset, kept)) {
      const twin = finished.get(id);
      if (twin !== undefined && fingerprintOf(twin) !== fingerprintOf(run)) {
        const problem = `run ${id} ended with other weights than in another folder`;
        throw new PixscaleError(folder, problem, "leave out the folder that is wrong");
      }
      finished.set(id, run);
    }
  }
  if (finished.size === 0) {
    throw new PixscaleError(folders.join(", "), "no run is finished yet", "run compare first");
  }
  return { identity, finished };
}

function fingerprintOf(run: FinishedRun): string | undefined {
  return isTrained(run) ? run.fingerprint : undefined;
}

function unite(identities: readonly ExperimentIdentity[]): Dimensions {
  const entries = DIMENSION_NAMES.map((name) => {
    const values: (string | number)[] = identities.flatMap(({ dimensions }) => [...dimensions[name]]);
    return [name, [...new Set(values)]];
  });
  return Object.fromEntries(entries) as Dimensions;
}
