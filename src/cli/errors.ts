import { chalkStderr } from "chalk";
import { CommanderError } from "commander";
import { PixscaleError } from "../errors.ts";
import { printable } from "../printable.ts";
import { suggest } from "../suggest.ts";
import { withFlags } from "./flags.ts";

export interface ErrorContext {
  readonly verbose?: boolean;
  /** The command that shows help on the command line at hand. */
  readonly help?: string;
  /** The flags that are known there, for suggestions. */
  readonly flags?: readonly string[];
  /** The same of commands. */
  readonly commands?: readonly string[];
}

/**
 * Prints an error on one line of stderr, and its stack trace if `verbose`.
 *
 * @returns the exit status
 */
export function reportError(error: unknown, context: ErrorContext = {}): number {
  if (error instanceof CommanderError) return reportCommanderError(error, context);
  const message = error instanceof Error ? error.message : String(error);
  const line =
    error instanceof PixscaleError
      ? withFlags(message)
      : `pixscale: ${message}; please report this, with the output of --verbose`;
  process.stderr.write(`${errorWord()} ${printable(line)}\n`);
  if (context.verbose && error instanceof Error)
    process.stderr.write(`${error.stack?.split("\n").map(printable).join("\n")}\n`);
  return error instanceof PixscaleError ? error.exitStatus : 1;
}

function errorWord(): string {
  return chalkStderr.red("error:");
}

/** commander's "error: unknown option '--foo'\n(Did you mean …?)" in the form of all our errors. */
function reportCommanderError(error: CommanderError, context: ErrorContext): number {
  // Help and version were asked for; without a command, help answers a wrong command line.
  if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return 0;
  if (error.code === "commander.help") return 2;
  const [first] = error.message.replace(/^error: /, "").split("\n");
  const quoted = /(?: for)? '([^' ]*)[^']*'\.?/;
  const subject = quoted.exec(first)?.[1] ?? "command line";
  const problem = first.replace(quoted, "").replace(" Expected", ", expected").replace(/\.$/, "");
  const line = `${subject}: ${problem}; ${remedy(error.code, subject, context)}`;
  process.stderr.write(`${errorWord()} ${printable(line)}\n`);
  return 2;
}

/** commander's own suggestions go by edit distance alone, which prefers --save to --scaling for --scale. */
function remedy(code: string, subject: string, context: ErrorContext): string {
  const { help = "pixscale --help", flags = [], commands = [] } = context;
  const choices = { "commander.unknownOption": flags, "commander.unknownCommand": commands }[code];
  const suggestion = choices && suggest(subject, choices);
  return suggestion === undefined ? `see ${help}` : `did you mean ${suggestion}?`;
}
