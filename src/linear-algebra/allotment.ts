/** Bytes that every place is aligned to: a cache line. */
const LINE = 64;

/** Hands out places in a memory, one after the other. */
export class Allotment {
  #end: number;

  /** @param base the first free address */
  constructor(base: number) {
    this.#end = roundUp(base);
  }

  /** The first free address. */
  get end(): number {
    return this.#end;
  }

  /** The address of so many bytes. */
  bytes(count: number): number {
    const at = this.#end;
    this.#end = roundUp(at + count);
    return at;
  }

  /** The address of so many float64 numbers. */
  doubles(count: number): number {
    return this.bytes(8 * count);
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / LINE) * LINE;
}
