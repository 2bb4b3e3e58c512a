import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect } from "vitest";

export const BIN = fileURLToPath(new URL("../../bin/pixscale.js", import.meta.url));
export const COMMANDS = [
  "stats",
  "normalize",
  "center",
  "standardize",
  "whiten",
  "preview",
  "apply",
  "train",
  "evaluate",
  "compare",
  "report",
  "check",
  "datasets",
  "cache",
  "doctor",
  "completion",
] as const;

/** A process that has ended. */
export interface Finished {
  /** Nothing if a signal killed it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that may still run. */
export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves when `stderr` contains the text so far; rejects when the process ends without it. */
  untilStderr(text: string): Promise<void>;
}

/** What a user's shell has, without what the test runner or its shell say about colour. */
export function environment(changes: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR, FORCE_COLOR, NODE_OPTIONS, NODE_ENV, CI, ...rest } = process.env;
  return { ...rest, ...changes };
}

export function startProcess(
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
  stdin: "ignore" | "pipe" = "ignore",
): Started {
  const child = spawn(file, [...args], {
    env: environment(),
    // A process that hangs must not outlive its test.
    timeout: 100_000,
    killSignal: "SIGKILL",
    ...options,
    stdio: [stdin, "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let look = () => {};
  child.stdout?.setEncoding("utf8").on("data", (part) => {
    stdout += part;
  });
  child.stderr?.setEncoding("utf8").on("data", (part) => {
    stderr += part;
    look();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
  const untilStderr = (text: string) =>
    new Promise<void>((resolve, reject) => {
      look = () => {
        if (stderr.includes(text)) resolve();
      };
      look();
      finished.then(() => reject(new Error(`ended without "${text}": ${stderr}`)), reject);
    });
  return { process: child, finished, untilStderr };
}

/** Starts `pixscale` as a user would. */
export function start(args: readonly string[], options: SpawnOptions = {}): Started {
  return startProcess(process.execPath, [BIN, ...args], options);
}

/** Runs `pixscale` to its end. */
export function pixscale(...args: string[]): Promise<Finished> {
  return start(args).finished;
}

/** Runs `pixscale … --json`, which must succeed and print one document; nothing else on stdout. */
export async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await pixscale(...args, "--json", "--quiet");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

/** The process must have failed with this status and one line on stderr, which is returned without its "error: ". */
export function errorLine({ status, stdout, stderr }: Finished, expected: 1 | 2): string {
  expect(stderr).toMatch(/^error: [^\n]+: [^\n;]+; [^\n]+\n$/);
  expect({ status, stdout }).toEqual({ status: expected, stdout: "" });
  expect(stderr).not.toMatch(/please report this|undefined|\[object/);
  return stderr.slice("error: ".length, -1);
}

const folders: string[] = [];

/** A new folder that is removed when the test file has run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pixscale-cli-"));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Figures of some images. */
export interface Measured {
  readonly shape: readonly number[];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

export interface ScaleDocument {
  readonly scaling: string;
  readonly axis: string;
  readonly batchSize: number;
  readonly scaler: {
    readonly steps: readonly { kind: string; factor?: number; mean?: number[]; std?: number[] }[];
  };
  readonly splits: Record<"train" | "test", { batches: number; firstBatch: Measured; whole: Measured }>;
  /** On colour images. */
  readonly axes?: readonly { readonly axis?: string; readonly mean: number[]; readonly std: number[] }[];
}

interface StatsFigures {
  readonly valuesPerStatistic: number;
  readonly min: number[];
  readonly max: number[];
  readonly mean: number[];
  readonly std: number[];
}

export interface StatsDocument {
  readonly data: string;
  readonly classes: number;
  readonly classNames?: string[];
  readonly axis: string;
  readonly splits: Record<
    "train" | "test",
    StatsFigures & {
      readonly shape: number[];
      readonly labelCounts: number[];
      /** On colour images. */
      readonly all?: StatsFigures;
      readonly channel?: StatsFigures;
    }
  >;
}

export interface RunDocument {
  readonly format: string;
  readonly data: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  readonly parameters: number;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly steps: number;
    readonly loss: number;
    readonly accuracy: number;
    readonly milliseconds: number;
    readonly validation?: { readonly loss: number; readonly accuracy: number };
  }[];
  readonly test: { readonly loss: number; readonly accuracy: number; readonly confusion: number[][] };
  readonly fingerprint: string;
}

export interface EvaluateDocument {
  readonly data: string;
  readonly classNames?: readonly string[];
  readonly split: string;
  readonly images: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly confusion: number[][];
}
