import { oneLine, PixscaleError, setting } from "../../errors.ts";
import type { DataOptions } from "../format.ts";

/** An image that cannot be decoded. */
export class DamagedImage {
  readonly path: string;
  /** One line without semicolons, for use in an error. */
  readonly reason: string;

  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }

  static because(path: string, cause: unknown): DamagedImage {
    const message = cause instanceof Error ? cause.message : String(cause);
    // sharp repeats some lines, and does not know that its buffer is a file.
    const lines = new Set(message.split("\n").map((line) => line.trim()));
    return new DamagedImage(path, oneLine([...lines].join("\n").replaceAll("Input buffer", "Input file")));
  }
}

/** Reports damaged images as they are found. With `strict`, they and all that was left out are an error, once all are known. */
export class DamageReport {
  readonly #options: DataOptions;
  readonly #leftOut: readonly string[];
  #first: Pick<DamagedImage, "path" | "reason"> | undefined;
  #count = 0;

  /** @param leftOut what else `strict` refuses, one line each */
  constructor(options: DataOptions, leftOut: readonly string[]) {
    this.#options = options;
    this.#leftOut = leftOut;
  }

  add(damaged: Pick<DamagedImage, "path" | "reason">): void {
    this.#options.observer?.onSkipped?.(damaged.path, damaged.reason);
    // In the order of names, though images are decoded in any order.
    if (this.#first === undefined || damaged.path < this.#first.path) this.#first = damaged;
    this.#count++;
  }

  /** @throws PixscaleError with `strict`, if any image is damaged or anything was left out */
  check(): void {
    if (!this.#options.strict) return;
    const leftOut = this.#leftOut.join(", and ");
    if (this.#first === undefined) {
      if (leftOut !== "") throw new PixscaleError(setting("strict"), leftOut, "remove them");
      return;
    }
    const { path, reason } = this.#first;
    const more = this.#count - 1;
    const others = more === 0 ? "" : `, and neither can ${more} other${more === 1 ? "" : "s"}`;
    const also = leftOut === "" ? "" : `, and ${leftOut}`;
    const remedy = more === 0 && leftOut === "" ? "replace or remove it" : "replace or remove them";
    throw new PixscaleError(path, `cannot be decoded (${reason})${others}${also}`, remedy);
  }
}
