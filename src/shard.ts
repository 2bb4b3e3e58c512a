/** One of several equal parts of some work, such as the second of five. */
export interface Shard {
  /** From 1 to `of`. */
  readonly part: number;
  /** Number of parts. */
  readonly of: number;
}

/** Whether a shard contains item `index`: it has every `of`-th item from its `part`-th on. Each item is in exactly one shard. */
export function inShard(index: number, { part, of }: Shard): boolean {
  return index % of === part - 1;
}
