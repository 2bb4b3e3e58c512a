import { Command } from "commander";
import { VERSION } from "../version.ts";
import { COMMANDS } from "./commands.ts";
import { addHelp } from "./help.ts";

/** A command with all its options. */
export async function loadCommand(name: string): Promise<Command> {
  const { description, load } = COMMANDS[name];
  return (await load()).description(description);
}

/** The program with the outlines of all commands: all that its own help shows. */
export function programOutline(): Command {
  return programOf(
    Object.entries(COMMANDS).map(([name, { description, usage }]) => {
      const command = new Command(name).description(description);
      return usage === "" ? command : command.arguments(usage);
    }),
  );
}

/** The program with all commands and their options. */
export async function wholeProgram(): Promise<Command> {
  return programOf(await Promise.all(Object.keys(COMMANDS).map(loadCommand)));
}

/** The program with some commands. */
export function programOf(commands: readonly Command[]): Command {
  const program = new Command("pixscale")
    .description("Measure, scale and compare pixel scalings of image datasets")
    .version(VERSION)
    .helpCommand("help [command]", "show the help of a command")
    .showSuggestionAfterError(false);
  for (const command of commands) {
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
