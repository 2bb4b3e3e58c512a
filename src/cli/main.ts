import { Command } from "commander";
import { PixscaleError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { obeyColorWishes } from "./output.ts";
import { reportError } from "./report-error.ts";
import { endOnSignals } from "./signals.ts";

/** The commands, in the order of `--help`. Each is loaded when it is needed: all of them take a quarter of a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  stats: async () => (await import("./commands/stats.ts")).statsCommand(),
  normalize: async () => (await import("./show-scaling.ts")).normalizeCommand(),
  center: async () => (await import("./show-scaling.ts")).centerCommand(),
  standardize: async () => (await import("./show-scaling.ts")).standardizeCommand(),
  whiten: async () => (await import("./show-scaling.ts")).whitenCommand(),
  train: async () => (await import("./commands/train.ts")).trainCommand(),
  evaluate: async () => (await import("./commands/evaluate.ts")).evaluateCommand(),
  compare: async () => (await import("./commands/compare.ts")).compareCommand(),
  report: async () => (await import("./commands/report.ts")).reportCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
};

/**
 * Runs the command line. Ends the process with status 1 if the data or the run failed, 2 if the command line is wrong, and 130
 * or 143 when interrupted.
 */
export async function main(args: readonly string[]): Promise<void> {
  obeyColorWishes();
  endOnSignals();
  heedClosedPipes();
  try {
    const program = await buildProgram(args[0]);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error, { verbose: args.includes("--verbose"), help: helpOf(args[0]) });
  }
}

/** The program with the command that `first` names, or with all of them. */
async function buildProgram(first: string | undefined): Promise<Command> {
  const program = new Command("pixscale")
    .description("Measure, scale and compare pixel scalings of image datasets")
    .version(VERSION)
    .helpCommand(false)
    .showSuggestionAfterError();
  const named = isCommand(first) ? [COMMANDS[first]] : Object.values(COMMANDS);
  for (const load of named) {
    const command = await load();
    command
      .option("--json", "print one JSON document on stdout and nothing else")
      .option("--quiet", "no progress on stderr")
      .option("--verbose", "show the stack trace of an error");
    program.addCommand(command);
  }
  // Errors of the command line are reported here, as all others are.
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

/** How to get the help that is nearest. */
function helpOf(first: string | undefined): string {
  return isCommand(first) ? `pixscale ${first} --help` : "pixscale --help";
}

/** Who reads the output may have had enough. */
function heedClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode);
    process.exit(
      reportError(new PixscaleError("stdout", `cannot be written (${error.code})`, "write to another place")),
    );
  });
  // Nobody reads the progress: no reason to stop.
  process.stderr.on("error", () => {});
}
