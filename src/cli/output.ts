import chalk, { chalkStderr } from "chalk";
import { withFlags } from "./flags.ts";

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/**
 * Prints the result of a command on stdout: with `--json` one document that says its format and version, else the text.
 *
 * @param name of the format, after `pixscale-`; a document that says its own keeps it
 */
export function printResult(options: CommonOptions, name: string, fields: object, text: () => string): void {
  const document = { format: `pixscale-${name}`, version: 1, ...fields };
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
}

/** Writes a line about progress on stderr, unless `--quiet`. */
export function tell(options: CommonOptions, line: string): void {
  // A file name may contain line breaks.
  if (!options.quiet) process.stderr.write(`${withFlags(line).replaceAll("\n", " ")}\n`);
}

/** Writes a warning on stderr, unless `--quiet`. */
export function warn(options: CommonOptions, line: string): void {
  tell(options, `${chalkStderr.yellow("warning:")} ${line}`);
}

/**
 * `--no-color` and NO_COLOR (any value but an empty one) switch colour off; FORCE_COLOR, which chalk reads itself, overrides
 * NO_COLOR.
 *
 * @returns the arguments without `--no-color`, which is no option of a command
 */
export function applyColorSettings(args: readonly string[]): string[] {
  const plain = args.includes("--no-color");
  if (plain || (process.env.NO_COLOR && process.env.FORCE_COLOR === undefined)) {
    chalk.level = 0;
    chalkStderr.level = 0;
  }
  return args.filter((arg) => arg !== "--no-color");
}
