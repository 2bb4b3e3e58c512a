import { Command } from "commander";
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
  for (const folder of folders) recordLook(folder, seedsSeen(found));
  publish(found, options);
}
