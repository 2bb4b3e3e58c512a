import type { EventEmitter } from "node:events";
import chalk from "chalk";
import { expect, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Finished } from "./run.ts";

// The terminal of the test runner is none of the command line's business.
chalk.level = 0;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command line in this process, a quarter of a second faster than the binary; one after the other, also when tests are
 * concurrent. usage.test.ts proves that the binary answers alike.
 */
export function here(...args: string[]): Promise<Finished> {
  const finished = last.then(() => run(args));
  last = finished.catch(() => {});
  return finished;
}

/** As `json` of run.ts. */
export async function jsonHere<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await here(...args, "--json", "--quiet");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

async function run(args: readonly string[]): Promise<Finished> {
  const { exitCode } = process;
  const known = listeners();
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text;
      return true;
    }),
  );
  process.exitCode = undefined;
  try {
    await main(args);
    return { status: Number(process.exitCode ?? 0), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = exitCode;
    for (const { emitter, event, before } of known) {
      for (const listener of emitter.listeners(event)) {
        if (!before.includes(listener)) emitter.removeListener(event, listener as () => void);
      }
    }
  }
}

/** What `main` adds to, once for the life of a process. */
function listeners() {
  const places: [EventEmitter, string][] = [
    [process, "SIGHUP"],
    [process, "SIGINT"],
    [process, "SIGTERM"],
    [process.stdout, "error"],
    [process.stderr, "error"],
  ];
  return places.map(([emitter, event]) => ({ emitter, event, before: emitter.listeners(event) }));
}
