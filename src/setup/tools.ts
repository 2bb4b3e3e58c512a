import { PixscaleError } from "../errors.ts";
import { CommandError, run } from "./command.ts";

export const SUBJECT = "setup:tensorflow";

/** The programs that the setup needs, and how it runs them. */
export interface Tools {
  readonly python: string;
  /** Runs a program; its failure is a PixscaleError of this problem, with the line in which it says why, and this remedy. */
  attempt(
    command: string,
    args: readonly string[],
    problem: string,
    remedy: string,
    options?: { readonly folder?: string; readonly environment?: Readonly<Record<string, string>> },
  ): Promise<string>;
}

/** @throws PixscaleError if this is no Linux, or a program is missing */
export async function findTools(signal: AbortSignal): Promise<Tools> {
  if (process.platform !== "linux") {
    const remedy = "run npm rebuild @tensorflow/tfjs-node where its download can be reached";
    throw new PixscaleError(SUBJECT, `the wheels for ${process.platform} hold no C library`, remedy);
  }
  const tools: Tools = {
    python: process.env.PYTHON ?? "python3",
    async attempt(command, args, problem, remedy, { folder = "/", environment = {} } = {}) {
      try {
        return await run(command, args, { folder, environment, signal });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const words = tellingLine(error.output) ?? error.message;
        throw new PixscaleError(SUBJECT, `${problem} (${words})`, remedy, { cause: error });
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

/** The line of a program's output that most likely says what went wrong: the first that speaks of an error, else the last. */
function tellingLine(output: string): string | undefined {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const telling = lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1);
  return telling?.replaceAll(";", ",");
}
