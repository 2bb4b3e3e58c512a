import { existsSync } from "node:fs";
import { relative } from "node:path";
import { Command } from "commander";
import { PixscaleError } from "../../errors.ts";
import { type InspectedExperiment, inspectExperiment } from "../../experiment/inspect-experiment.ts";
import { isExperimentFolder } from "../../experiment/ledger.ts";
import type { Inspection } from "../../files/inspect-file.ts";
import { thousands } from "../../output/format.ts";
import { printable } from "../../printable.ts";
import { inspectModel } from "../../training/inspect-model.ts";
import { isModelFolder } from "../../training/saved-run.ts";
import { type CommonOptions, printResult } from "../output.ts";

/** `pixscale check`: whether the files that compare and train --save wrote are whole. */
export function checkCommand(): Command {
  return new Command("check")
    .argument("<dirs...>", "folders that compare --out or train --save wrote")
    .action(runCheck);
}

/** A folder, and what was found in it. */
type Checked = { readonly folder: string } & (
  | ({ readonly kind: "experiment" } & InspectedExperiment)
  | ({ readonly kind: "model" } & Inspection)
);

async function runCheck(folders: readonly string[], options: CommonOptions): Promise<void> {
  const checked: Checked[] = [];
  for (const folder of folders) checked.push(await inspect(folder));
  printResult(options, "check", { folders: checked }, () => checked.map(describe).join("\n"));
  const damaged = checked.flatMap((each) => each.damaged);
  if (damaged.length === 0) return;
  const [first] = damaged;
  const others = damaged.length === 1 ? "" : ` (and ${damaged.length - 1} more)`;
  throw new PixscaleError(first.path, `${first.problem}${others}`, first.remedy);
}

/** @throws PixscaleError if the folder holds neither */
async function inspect(folder: string): Promise<Checked> {
  if (isExperimentFolder(folder)) {
    return { folder, kind: "experiment", ...(await inspectExperiment(folder)) };
  }
  if (isModelFolder(folder)) return { folder, kind: "model", ...(await inspectModel(folder)) };
  const problem = existsSync(folder) ? "holds neither an experiment nor a model" : "no such file or folder";
  throw new PixscaleError(folder, problem, "name a folder that compare --out or train --save wrote");
}

function describe(checked: Checked): string {
  const { folder, whole, damaged, leftOver } = checked;
  const within = (path: string) => printable(relative(folder, path));
  const counts = [
    plural(whole.length, "file is whole", "files are whole"),
    ...(damaged.length > 0 ? [`${thousands(damaged.length)} damaged`] : []),
    ...(leftOver.length > 0 ? [`${thousands(leftOver.length)} left over`] : []),
  ];
  return [
    `${printable(folder)}: ${contentOf(checked)}; ${counts.join(", ")}`,
    ...damaged.map(
      ({ path, problem, remedy }) => `  ✗ ${within(path)}: ${printable(`${problem}; ${remedy}`)}`,
    ),
    ...leftOver.map((path) => `  · ${within(path)}: left over, nothing uses it`),
  ].join("\n");
}

function contentOf(checked: Checked): string {
  if (checked.kind === "model") return "a model";
  const { planned, finished, begun } = checked;
  if (planned === undefined) return "an experiment whose runs cannot be checked without its plan";
  const runs = `${thousands(finished)} of ${plural(planned, "run", "runs")} finished`;
  return `an experiment, ${runs}${begun > 0 ? `, ${thousands(begun)} begun` : ""}`;
}

function plural(count: number, one: string, several: string): string {
  return `${thousands(count)} ${count === 1 ? one : several}`;
}
