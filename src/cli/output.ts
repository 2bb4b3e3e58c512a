import chalk, { chalkStderr } from "chalk";
import { thousands } from "../output/format.ts";
import { printable } from "../printable.ts";
import { withFlags } from "./flags.ts";

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Images that this command could not decode. */
let skipped = 0;

/**
 * Prints the result of a command on stdout: with `--json` one document that says its format and version, else the text.
 *
 * @param name of the format, after `pixscale-`; a document that says its own keeps it
 */
export function printResult(options: CommonOptions, name: string, fields: object, text: () => string): void {
  const document = { format: `pixscale-${name}`, version: 1, ...fields, ...(skipped > 0 && { skipped }) };
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
}

/** Writes a line about progress on stderr, unless `--quiet`. */
export function tell(options: CommonOptions, line: string): void {
  if (!options.quiet) writeLine(line);
}

/** Writes a warning on stderr, unless `--quiet`. */
export function warn(options: CommonOptions, line: string): void {
  if (!options.quiet) writeWarning(line);
}

/**
 * Names the images that were left out, and counts them in the JSON document. With `--quiet` one line remains, because the result is not
 * that of all images.
 *
 * @param reasons one line per image
 */
export function warnOfSkipped(options: CommonOptions, reasons: readonly string[]): void {
  skipped += reasons.length;
  const images = `${thousands(reasons.length)} image${reasons.length === 1 ? "" : "s"} skipped`;
  for (const reason of reasons) warn(options, `${reason}; skipped`);
  writeWarning(options.quiet ? `${images}, the first: ${reasons[0]}` : images);
}

function writeWarning(line: string): void {
  writeLine(line, `${chalkStderr.yellow("warning:")} `);
}

function writeLine(line: string, start = ""): void {
  process.stderr.write(`${start}${printable(withFlags(line))}\n`);
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
