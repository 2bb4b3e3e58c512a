/** One of several equal shares of some work, such as the second of five. */
export interface Shard {
  /** Which share, from 1. */
  readonly part: number;
  /** How many shares there are. */
  readonly of: number;
}

/** Whether an item belongs to a shard: every `of`-th from the `part`-th on. Shards share nothing and leave nothing out. */
export function inShard(index: number, { part, of }: Shard): boolean {
  return index % of === part - 1;
}
