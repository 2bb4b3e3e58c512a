import { oneLine, PixscaleError } from "../errors.ts";
import { CommandError, run } from "./command.ts";

export const SUBJECT = "setup:tensorflow";

/** Runs the programs that the setup needs. */
export interface Tools {
  /** The Python program. */
  readonly python: string;
  /**
   * Runs a program and returns its stdout.
   *
   * @throws PixscaleError with this problem, the program's own error line, and this remedy
   */
  attempt(
    command: string,
    args: readonly string[],
    problem: string,
    remedy: string,
    options?: { readonly folder?: string; readonly environment?: Readonly<Record<string, string>> },
  ): Promise<string>;
}

/** @throws PixscaleError if this is not Linux, or a program is missing */
export async function findTools(signal: AbortSignal): Promise<Tools> {
  if (process.platform !== "linux") {
    const remedy = "run npm rebuild @tensorflow/tfjs-node where its download is reachable";
    throw new PixscaleError(SUBJECT, `the wheels for ${process.platform} contain no C library`, remedy);
  }
  const tools: Tools = {
    python: process.env.PYTHON ?? "python3",
    async attempt(command, args, problem, remedy, { folder = "/", environment = {} } = {}) {
      try {
        return await run(command, args, { folder, environment, signal });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const reason = oneLine(errorLine(error.output) ?? error.message);
        throw new PixscaleError(SUBJECT, `${problem} (${reason})`, remedy, { cause: error });
      }
    },
  };
  const remedy = "install a C++ compiler, make and Python 3 (Debian: apt install g++ make python3)";
  const compilers = process.env.CXX === undefined ? ["g++"] : [];
  for (const command of [...compilers, "make", tools.python]) {
    await tools.attempt(command, ["--version"], `${command} is needed`, remedy);
  }
  return tools;
}

/** The first line of a program's output that mentions an error, else the last. */
function errorLine(output: string): string | undefined {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1);
}
