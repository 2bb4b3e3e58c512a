import { readFileSync } from "node:fs";
import { Argument, Command } from "commander";
import { UsageError } from "../../errors.ts";
import { type CommonOptions, printResult } from "../output.ts";
import { SHELLS, type Shell, scriptFile } from "../shells.ts";

/** `pixscale completion`: a script that completes command lines in a shell. Shells run it at every start, so it is made by the build. */
export function completionCommand(): Command {
  const shell = new Argument("<shell>", SHELLS.join(", ")).argParser((text: string): Shell => {
    const known = SHELLS.find((each) => each === text);
    if (known !== undefined) return known;
    throw new UsageError("shell", `"${text}" is not a known shell`, `use one of ${SHELLS.join(", ")}`);
  });
  shell.argChoices = [...SHELLS];
  return new Command("completion").addArgument(shell).action((name: Shell, options: CommonOptions) => {
    const script = readFileSync(scriptFile(name), "utf8");
    // The script ends with a line break of its own.
    printResult(options, "completion", { shell: name, script }, () => script.trimEnd());
  });
}
