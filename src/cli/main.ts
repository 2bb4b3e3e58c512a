import { Command } from "commander";
import { PixscaleError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { reportError } from "./errors.ts";
import { addHelp, helpAsFlag } from "./help.ts";
import { applyColorSettings } from "./output.ts";
import { endOnSignals } from "./signals.ts";

/** The commands, in the order of `--help`. Each is loaded when it is needed, as loading all takes a quarter of a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  stats: async () => (await import("./commands/stats.ts")).statsCommand(),
  normalize: async () => (await import("./commands/normalize.ts")).normalizeCommand(),
  center: async () => (await import("./commands/center.ts")).centerCommand(),
  standardize: async () => (await import("./commands/standardize.ts")).standardizeCommand(),
  whiten: async () => (await import("./commands/whiten.ts")).whitenCommand(),
  preview: async () => (await import("./commands/preview.ts")).previewCommand(),
  apply: async () => (await import("./commands/apply.ts")).applyCommand(),
  train: async () => (await import("./commands/train.ts")).trainCommand(),
  evaluate: async () => (await import("./commands/evaluate.ts")).evaluateCommand(),
  compare: async () => (await import("./commands/compare.ts")).compareCommand(),
  report: async () => (await import("./commands/report.ts")).reportCommand(),
  datasets: async () => (await import("./commands/datasets.ts")).datasetsCommand(),
  cache: async () => (await import("./commands/cache.ts")).cacheCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  completion: async () =>
    (await import("./commands/completion.ts")).completionCommand(() => buildProgram(undefined)),
};

/**
 * Runs the command line. Ends the process with status 1 if the data or the run failed, 2 if the command line is wrong, and 130
 * or 143 when interrupted.
 */
export async function main(given: readonly string[]): Promise<void> {
  const args = helpAsFlag(applyColorSettings(given), isCommand);
  endOnSignals();
  handleClosedPipes();
  const named = isCommand(args[0]) ? args[0] : undefined;
  let program: Command | undefined;
  try {
    program = await buildProgram(named);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error, {
      verbose: args.some((arg) => arg === "--verbose" || /^-q?v/.test(arg)),
      help: named === undefined ? "pixscale --help" : `pixscale ${named} --help`,
      flags: flagsOf(named === undefined ? program : program?.commands[0]),
      commands: Object.keys(COMMANDS),
    });
  }
}

function flagsOf(command: Command | undefined): string[] {
  return (command?.options ?? []).flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
}

/** The program with the named command, or with all of them. */
async function buildProgram(named: string | undefined): Promise<Command> {
  const program = new Command("pixscale")
    .description("Measure, scale and compare pixel scalings of image datasets")
    .version(VERSION)
    .helpCommand("help [command]", "show the help of a command")
    .showSuggestionAfterError(false);
  const commands = named === undefined ? Object.values(COMMANDS) : [COMMANDS[named]];
  for (const load of commands) {
    const command = await load();
    command
      .option("--json", "print one JSON document on stdout and nothing else")
      .option("-q, --quiet", "hide progress and warnings")
      .option("-v, --verbose", "show the stack trace of an error");
    program.addCommand(command);
    addHelp(command);
  }
  addHelp(program);
  // reportError prints all errors, those of the command line too.
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .allowExcessArguments(false);
  }
  return program;
}

function isCommand(name: string | undefined): name is string {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}

/** The reader may close the pipe early, as `head` does. */
function handleClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode);
    process.exit(
      reportError(new PixscaleError("stdout", `cannot be written (${error.code})`, "choose another place")),
    );
  });
  // Progress that nobody reads is no reason to stop.
  process.stderr.on("error", () => {});
}
