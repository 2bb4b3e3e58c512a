import { Command } from "commander";
import { PixscaleError } from "../../errors.ts";
import { compareRuns, seedsSeen } from "../../experiment/comparison.ts";
import { firstLook, recordLook } from "../../experiment/looks.ts";
import { mergeExperiments } from "../../experiment/merge.ts";
import {
  addComparisonOptions,
  type ComparisonCliOptions,
  checkExports,
  comparisonSettings,
  publish,
} from "../options/comparison.ts";
import { warn } from "../output.ts";

/** `pixscale report`: the comparison again, from finished runs. */
export function reportCommand(): Command {
  const command = new Command("report")
    .description("show the comparison from finished runs, in one or more folders")
    .argument("<dirs...>", "folders that compare wrote");
  return addComparisonOptions(command).action(runReport);
}

function runReport(folders: readonly string[], options: ComparisonCliOptions): void {
  checkExports(options, folders);
  const { identity, finished } = mergeExperiments(folders);
  const looks = folders.map(firstLook).filter((look) => look !== undefined);
  const found = compareRuns(identity, finished, {
    ...comparisonSettings(options),
    firstLook: looks.length > 0 ? Math.min(...looks) : undefined,
  });
  for (const folder of folders) recordOrWarn(folder, seedsSeen(found), options);
  publish(found, options);
}

/** A folder may be read-only, such as an archive. */
function recordOrWarn(folder: string, seeds: number, options: ComparisonCliOptions): void {
  try {
    recordLook(folder, seeds);
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    warn(options, `${error.message}; if you add seeds, verdicts will not allow for this look`);
  }
}
