import { builtFile } from "../built.ts";

/** The shells whose command lines can be completed. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Where the build puts a shell's completion script. */
export function scriptFile(shell: Shell): URL {
  return builtFile(`cli/completion.${shell}`);
}
