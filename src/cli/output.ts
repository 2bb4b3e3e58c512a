import chalk from "chalk";

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Prints a command's result on stdout: the document with `--json`, else the text. */
export function printResult(options: CommonOptions, document: unknown, text: () => string): void {
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
}

/** Tells what goes on, on stderr, unless `--quiet`. */
export function tell(options: CommonOptions, line: string): void {
  // A file's name may hold line breaks.
  if (!options.quiet) process.stderr.write(`${line.replaceAll("\n", " ")}\n`);
}

/** NO_COLOR (any value but an empty one) switches colour off; FORCE_COLOR, which chalk reads itself, is stronger. */
export function obeyColorWishes(): void {
  if (process.env.NO_COLOR && process.env.FORCE_COLOR === undefined) chalk.level = 0;
}
