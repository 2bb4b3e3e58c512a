import { expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { programOutline, wholeProgram } from "../../src/cli/program.ts";

it("the program's help, which loads no command, is that of the program with all commands", async () => {
  const [outline, whole] = [programOutline(), await wholeProgram()];
  // An outline has fewer options, but always some.
  expect(outline.helpInformation()).toBe(whole.helpInformation());
  expect(whole.commands.map((command) => command.name())).toEqual(Object.keys(COMMANDS));
});
