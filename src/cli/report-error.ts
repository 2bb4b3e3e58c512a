import { CommanderError } from "commander";
import { PixscaleError } from "../errors.ts";

/**
 * Prints the one line of an error, and its stack trace if `verbose`.
 *
 * @param help how to get help on the command line
 * @returns the exit status
 */
export function reportError(error: unknown, { verbose = false, help = "pixscale --help" } = {}): number {
  if (error instanceof CommanderError) return reportCommandLineError(error, help);
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
function reportCommandLineError(error: CommanderError, help: string): number {
  // Help and version were asked for; without a command, help is the answer to a wrong command line.
  if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return 0;
  if (error.code === "commander.help") return 2;
  const [first, hint] = error.message.replace(/^error: /, "").split("\n");
  const quoted = /(?: for)? '([^' ]*)[^']*'\.?/;
  const subject = quoted.exec(first)?.[1] ?? "command line";
  const problem = first.replace(quoted, "").replace(" Expected", ", expected").replace(/\.$/, "");
  const suggestion = hint?.replace(/^\((.*)\?\)$/, "$1");
  const remedy =
    suggestion === undefined ? `see ${help}` : suggestion.replace("Did you mean", "did you mean").concat("?");
  process.stderr.write(`error: ${subject}: ${problem}; ${remedy}\n`);
  return 2;
}
