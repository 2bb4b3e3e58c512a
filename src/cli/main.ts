import { Command, CommanderError } from "commander";
import { PixscaleError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { obeyColorWishes } from "./output.ts";

/** The commands, in the order of `--help`. Each is loaded when it is needed: all of them take a quarter of a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  stats: async () => (await import("./stats.ts")).statsCommand(),
  normalize: async () => (await import("./scale.ts")).normalizeCommand(),
  center: async () => (await import("./scale.ts")).centerCommand(),
  standardize: async () => (await import("./scale.ts")).standardizeCommand(),
  whiten: async () => (await import("./scale.ts")).whitenCommand(),
  train: async () => (await import("./train.ts")).trainCommand(),
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand(),
  compare: async () => (await import("./compare.ts")).compareCommand(),
  report: async () => (await import("./report.ts")).reportCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
};

/**
 * Runs the command line. Ends the process with status 1 if the data or the run failed, 2 if the command line is wrong, and 130
 * or 143 when interrupted.
 */
export async function main(args: readonly string[]): Promise<void> {
  obeyColorWishes();
  endOnSignals();
  try {
    const program = await buildProgram(args[0]);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error, args.includes("--verbose"));
  }
}

/** The program with the command that `first` names, or with all of them. */
async function buildProgram(first: string | undefined): Promise<Command> {
  const program = new Command("pixscale")
    .description("Measure, scale and compare pixel scalings of image datasets")
    .version(VERSION)
    .helpCommand(false)
    .showSuggestionAfterError();
  const named =
    first !== undefined && Object.hasOwn(COMMANDS, first) ? [COMMANDS[first]] : Object.values(COMMANDS);
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

/** Prints the one line of an error; returns the exit status. */
function reportError(error: unknown, verbose: boolean): number {
  if (error instanceof CommanderError) return reportCommandLineError(error);
  const message = error instanceof Error ? error.message : String(error);
  const line =
    error instanceof PixscaleError
      ? message
      : `pixscale: ${message}; please report this, with the output of --verbose`;
  process.stderr.write(`error: ${line.replaceAll("\n", " ")}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof PixscaleError ? error.exitStatus : 1;
}

/** commander's "error: unknown option '--foo'\n(Did you mean …?)" in the form of all our errors. */
function reportCommandLineError(error: CommanderError): number {
  // Help and version were asked for; without a command, help is the answer to a wrong command line.
  if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return 0;
  if (error.code === "commander.help") return 2;
  const [first, hint] = error.message.replace(/^error: /, "").split("\n");
  const quoted = /(?: for)? '([^' ]*)[^']*'\.?/;
  const subject = quoted.exec(first)?.[1] ?? "command line";
  const problem = first.replace(quoted, "").replace(" Expected", ", expected").replace(/\.$/, "");
  const suggestion = hint?.replace(/^\((.*)\?\)$/, "$1");
  const remedy =
    suggestion === undefined
      ? "see pixscale --help"
      : suggestion.replace("Did you mean", "did you mean").concat("?");
  process.stderr.write(`error: ${subject}: ${problem}; ${remedy}\n`);
  return 2;
}

/** Ctrl-C and SIGTERM end the process at once; whoever writes files does so without leaving half of one. */
function endOnSignals(): void {
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(signal, () => {
      // A progress bar has hidden the cursor and switched off the wrapping of lines.
      if (process.stderr.isTTY) process.stderr.write("\x1b[?25h\x1b[?7h\n");
      process.exit(status);
    });
  }
  // The reader of a pipe may have had enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  // Nobody reads the progress: no reason to stop.
  process.stderr.on("error", () => {});
}
