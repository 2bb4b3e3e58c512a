import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** The holder of a lock. */
interface Holder {
  readonly host: string;
  readonly pid: number;
}

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

  /** Takes the lock, or returns undefined if a living process holds it. Throws file system errors. */
  static take(folder: string, name: string): RunLock | undefined {
    const last = Math.max(-1, ...numbers(folder, name));
    if (last >= 0 && isHeld(lockPath(folder, name, last))) return undefined;
    const holder: Holder = { host: hostname(), pid: process.pid };
    try {
      writeFileSync(lockPath(folder, name, last + 1), JSON.stringify(holder), { flag: "wx" });
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
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
    .filter((file) => file.startsWith(prefix))
    .map((file) => Number(file.slice(prefix.length)));
}

function isHeld(path: string): boolean {
  try {
    const age = Date.now() - statSync(path).mtimeMs;
    if (age > STALE_AFTER) return false;
    const text = readFileSync(path, "utf8");
    // Created but not written yet, unless its process died in between.
    if (text === "") return age < WRITTEN_AFTER;
    const { host, pid } = JSON.parse(text) as Holder;
    return host !== hostname() || isAlive(pid);
  } catch {
    // Released in the meantime.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
