import { PixscaleError } from "../errors.ts";

/** A file that cannot be used as it is. */
export interface Damage {
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
}

/** What looking through a folder's files found. */
export interface Inspection {
  /** Files that are whole. */
  readonly whole: readonly string[];
  readonly damaged: readonly Damage[];
  /** Files that belong to nothing any more, such as those of a process that was killed. */
  readonly leftOver: readonly string[];
}

/** Collects what looking through a folder finds. */
export class Inspector {
  readonly #whole: string[] = [];
  readonly #damaged: Damage[] = [];
  readonly #leftOver: string[] = [];

  /** Reads a file with a function that throws if it is damaged. @returns its result; undefined if it threw */
  async look<Result>(path: string, read: () => Result | Promise<Result>): Promise<Result | undefined> {
    try {
      const result = await read();
      this.#whole.push(path);
      return result;
    } catch (error) {
      if (!(error instanceof PixscaleError)) throw error;
      this.#damaged.push({ path: error.subject, problem: error.problem, remedy: error.remedy });
      return undefined;
    }
  }

  /** A file that belongs to nothing. */
  addLeftOver(path: string): void {
    this.#leftOver.push(path);
  }

  get found(): Inspection {
    return { whole: this.#whole, damaged: this.#damaged, leftOver: this.#leftOver };
  }
}
