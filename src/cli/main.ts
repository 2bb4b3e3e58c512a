import type { Command } from "commander";
import { PixscaleError } from "../errors.ts";
import { COMMANDS } from "./commands.ts";
import { reportError } from "./errors.ts";
import { helpAsFlag } from "./help.ts";
import { applyColorSettings } from "./output.ts";
import { loadCommand, programOf, programOutline } from "./program.ts";
import { endOnSignals } from "./signals.ts";

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
    program = named === undefined ? programOutline() : programOf([await loadCommand(named)]);
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
