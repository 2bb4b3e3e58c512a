import { spawn } from "node:child_process";

/** A program could not be started, or ended with a status other than 0. */
export class CommandError extends Error {
  /** Everything that it printed, on stdout and stderr. */
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

export interface CommandOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the program and all programs that it started. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program to its end and returns its stdout.
 *
 * @throws CommandError if it fails
 */
export async function run(
  command: string,
  args: readonly string[],
  { folder, environment = {}, signal }: CommandOptions,
): Promise<string> {
  signal.throwIfAborted();
  // In its own process group, so the signal also reaches the compilers and downloads that it starts.
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = () => {
    const running = child.exitCode === null && child.signalCode === null;
    if (child.pid !== undefined && running) process.kill(-child.pid, "SIGTERM");
  };
  signal.addEventListener("abort", end);
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    stdout += part;
    output += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part) => {
    output += part;
  });
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on("error", (error) =>
        reject(new CommandError(`"${command}" cannot be started (${error.message})`, "")),
      );
      child.on("close", resolve);
    });
    signal.throwIfAborted();
    if (status === 0) return stdout;
    throw new CommandError(`"${command}" ended with status ${status}`, output);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
