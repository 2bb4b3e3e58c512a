import { Argument, Command } from "commander";
import { UsageError } from "../../errors.ts";
import { completionScript, SHELLS, type Shell } from "../completion.ts";
import { type CommonOptions, printResult } from "../output.ts";

/**
 * `pixscale completion`: a script that completes command lines in a shell.
 *
 * @param program builds the program with all its commands
 */
export function completionCommand(program: () => Promise<Command>): Command {
  const shell = new Argument("<shell>", SHELLS.join(", ")).argParser((text: string): Shell => {
    const known = SHELLS.find((each) => each === text);
    if (known !== undefined) return known;
    throw new UsageError("shell", `"${text}" is not a known shell`, `use one of ${SHELLS.join(", ")}`);
  });
  shell.argChoices = [...SHELLS];
  return new Command("completion")
    .description("print a script that completes commands and options in a shell")
    .addArgument(shell)
    .action(async (name: Shell, options: CommonOptions) => {
      const script = completionScript(await program(), name);
      // The script ends with a line break of its own.
      printResult(options, "completion", { shell: name, script }, () => script.trimEnd());
    });
}
