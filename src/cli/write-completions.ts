import { writeFileSync } from "node:fs";
import { completionScript } from "./completion.ts";
import { wholeProgram } from "./program.ts";
import { SHELLS, scriptFile } from "./shells.ts";

/** A step of the build: writes the completion script of each shell. */
const program = await wholeProgram();
for (const shell of SHELLS) writeFileSync(scriptFile(shell), completionScript(program, shell));
