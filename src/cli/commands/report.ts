import { Command } from "commander";
import { answer } from "../../experiment/comparison.ts";
import { mergeExperiments } from "../../experiment/merge.ts";
import { type AnswerCliOptions, addAnswerOptions, checkExports, publish } from "../options/comparison.ts";

/** `pixscale report`: the answer of `compare` again, from finished runs. */
export function reportCommand(): Command {
  const command = new Command("report")
    .description("the answer of compare again from finished runs, also of several shards' folders")
    .argument("<dirs...>", "folders that compare wrote");
  return addAnswerOptions(command).action(runReport);
}

function runReport(folders: readonly string[], options: AnswerCliOptions): void {
  checkExports(options, folders);
  const { identity, finished } = mergeExperiments(folders);
  publish(answer(identity, finished, options), options);
}
