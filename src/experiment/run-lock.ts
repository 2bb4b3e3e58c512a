import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { isAlive } from "../files/processes.ts";
import { readBytesSync } from "../files/read.ts";

/** The holder of a lock. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
}

const schema = v.object({ host: v.string(), pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) });

/** A lock not touched for this many milliseconds has expired: the machine of its holder is gone. */
const STALE_AFTER = 60_000;
const WRITTEN_AFTER = 2_000;

/**
 * Locks as files in a folder that processes, also on other machines, share. A lock is the file `<name>.lock.<n>` with the
 * highest n; a process takes it by creating that file, which only one can. A dead process's lock stays and is superseded by
 * n + 1, so that nobody ever deletes a lock that another process has just taken.
 */
export class RunLock {
  readonly #folder: string;
  readonly #name: string;
  readonly #number: number;

  private constructor(folder: string, name: string, number: number) {
    this.#folder = folder;
    this.#name = name;
    this.#number = number;
  }

  /** Takes the lock, or returns who holds it. Throws file system errors. */
  static take(folder: string, name: string): RunLock | Holder | "unknown" {
    const last = Math.max(-1, ...numbers(folder, name));
    const other = last >= 0 ? holderOf(lockPath(folder, name, last)) : undefined;
    if (other !== undefined) return other;
    const holder: Holder = { host: hostname(), pid: process.pid };
    try {
      writeFileSync(lockPath(folder, name, last + 1), JSON.stringify(holder), { flag: "wx" });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") return "unknown";
      throw error;
    }
    return new RunLock(folder, name, last + 1);
  }

  /** Shows others that the holder is alive; to be called every few seconds. */
  touch(): void {
    const now = new Date();
    try {
      utimesSync(lockPath(this.#folder, this.#name, this.#number), now, now);
    } catch {
      // The folder was removed; the next write reports it.
    }
  }

  /** Releases the lock, with those of dead holders below it. */
  release(): void {
    for (const number of numbers(this.#folder, this.#name)) {
      if (number <= this.#number) rmSync(lockPath(this.#folder, this.#name, number), { force: true });
    }
  }
}

function lockPath(folder: string, name: string, number: number): string {
  return join(folder, `${name}.lock.${number}`);
}

function numbers(folder: string, name: string): number[] {
  const prefix = `${name}.lock.`;
  return readdirSync(folder)
    .filter((file) => file.startsWith(prefix) && /^\d{1,9}$/.test(file.slice(prefix.length)))
    .map((file) => Number(file.slice(prefix.length)));
}

/** When this process first saw the last sign of life of a lock, by its own clock, which never jumps. */
const seen = new Map<string, { readonly touched: number; readonly since: number }>();

/**
 * The holder of a lock that is alive. A lock is also free once its file has not changed for a minute: its date alone proves nothing, as
 * files are copied and clocks jump.
 */
function holderOf(path: string): Holder | "unknown" | undefined {
  try {
    const touched = statSync(path).mtimeMs;
    const before = seen.get(path);
    const since = before?.touched === touched ? before.since : performance.now();
    seen.set(path, { touched, since });
    if (performance.now() - since > STALE_AFTER || Date.now() - touched > STALE_AFTER) return undefined;
    const text = readBytesSync(path).toString("utf8");
    const { success, output: holder } = v.safeParse(schema, parsed(text));
    if (!success) {
      // Created but not written yet, unless its process died in between.
      return Math.abs(Date.now() - touched) < WRITTEN_AFTER ? "unknown" : undefined;
    }
    return holder.host !== hostname() || isAlive(holder.pid) ? holder : undefined;
  } catch {
    // Released in the meantime.
    return undefined;
  }
}

/** Whether the lock in this file is that of a process that is alive, or may be. */
export function isHeld(path: string): boolean {
  return holderOf(path) !== undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
