import { Command } from "commander";
import { compareRuns } from "../../experiment/comparison.ts";
import { mergeExperiments } from "../../experiment/merge.ts";
import {
  addComparisonOptions,
  type ComparisonCliOptions,
  checkExports,
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
  publish(compareRuns(identity, finished, options), options);
}
