import { chalkStderr } from "chalk";
import { CommanderError } from "commander";
import { PixscaleError } from "../errors.ts";
import { withFlags } from "./flags.ts";

export interface ErrorContext {
  readonly verbose?: boolean;
  /** The command that shows help on the command line at hand. */
  readonly help?: string;
  /** The flags that are known there, for suggestions. */
  readonly flags?: readonly string[];
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
  process.stderr.write(`${errorWord()} ${line.replaceAll("\n", " ")}\n`);
  if (context.verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`);
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
  const [first, hint] = error.message.replace(/^error: /, "").split("\n");
  const quoted = /(?: for)? '([^' ]*)[^']*'\.?/;
  const subject = quoted.exec(first)?.[1] ?? "command line";
  const problem = first.replace(quoted, "").replace(" Expected", ", expected").replace(/\.$/, "");
  process.stderr.write(`${errorWord()} ${subject}: ${problem}; ${remedy(subject, hint, context)}\n`);
  return 2;
}

/** commander suggests by edit distance, which prefers --save to --scaling for --scale: the longest common beginning wins. */
function remedy(subject: string, hint: string | undefined, context: ErrorContext): string {
  const { help = "pixscale --help", flags = [] } = context;
  const alike = subject.startsWith("--") ? longestCommonPrefix(subject, flags) : undefined;
  const suggestion = alike ?? /Did you mean (?:one of )?(.*)\?/.exec(hint ?? "")?.[1];
  return suggestion === undefined ? `see ${help}` : `did you mean ${suggestion}?`;
}

/** The flag that shares most letters with `text` from the beginning: at least three after the dashes. */
function longestCommonPrefix(text: string, flags: readonly string[]): string | undefined {
  const shared = (flag: string) => {
    let length = 0;
    while (length < flag.length && flag[length] === text[length]) length++;
    return length;
  };
  const [best] = [...flags].sort((a, b) => shared(b) - shared(a) || a.length - b.length);
  return best !== undefined && shared(best) >= 5 ? best : undefined;
}
