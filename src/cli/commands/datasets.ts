import { Command } from "commander";
import { findDatasets, type NamedDataset } from "../../data/named/find-datasets.ts";
import { dataFolder } from "../../data/named/known-sets.ts";
import { table } from "../../output/table.ts";
import { terminalWidth } from "../../output/terminal-width.ts";
import { wrapWords } from "../../output/wrap-words.ts";
import { type CommonOptions, printResult } from "../output.ts";

/** `pixscale datasets`: which datasets are known by name, where they are, and how to get the others. */
export function datasetsCommand(): Command {
  return new Command("datasets").action(runDatasets);
}

async function runDatasets(options: CommonOptions): Promise<void> {
  const datasets = await findDatasets();
  const folder = dataFolder();
  printResult(options, "datasets", { folder: folder ?? null, datasets }, () => {
    const found = datasets.filter(({ path }) => path !== undefined);
    const missing = datasets.filter(({ path }) => path === undefined);
    const where = folder ?? "the folder that the variable PIXSCALE_DATA names (it is not set)";
    return [
      table(
        ["found", "where"],
        found.map(({ name, path }) => [name, path ?? ""]),
        { textColumns: 2 },
      ),
      "",
      ...[
        `Put others into ${where}, downloaded from:`,
        ...[...bySource(missing)].map(([source, names]) => `  ${names.join(", ")}: ${source}`),
      ].map((line) => wrapWords(line, terminalWidth(), line.startsWith(" ") ? "    " : "")),
    ].join("\n");
  });
}

/** The names that come from each source. */
function bySource(datasets: readonly NamedDataset[]): ReadonlyMap<string, readonly string[]> {
  const sources = new Map<string, string[]>();
  for (const { name, source } of datasets) sources.set(source, [...(sources.get(source) ?? []), name]);
  return sources;
}
