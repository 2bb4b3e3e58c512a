/** The largest tridiagonal matrix that is solved without being divided. */
const LEAF = 32;

/** Rows `low` to `high` − 1 of a tridiagonal matrix. */
export interface Rows {
  readonly low: number;
  readonly high: number;
}

/** Rows whose two parts, before and from `middle` on, are solved first. */
export interface Merge extends Rows {
  readonly middle: number;
}

/** How a tridiagonal matrix is divided. */
export interface MergeTree {
  readonly leaves: readonly Rows[];
  /** The merges of a level only need those of earlier levels. */
  readonly levels: readonly (readonly Merge[])[];
}

export function mergeTree(size: number): MergeTree {
  const leaves: Rows[] = [];
  const levels: Merge[][] = [];
  const divide = (low: number, high: number): number => {
    if (high - low <= LEAF) {
      leaves.push({ low, high });
      return 0;
    }
    const middle = low + ((high - low) >> 1);
    const level = Math.max(divide(low, middle), divide(middle, high));
    levels[level] ??= [];
    levels[level].push({ low, middle, high });
    return level + 1;
  };
  divide(0, size);
  return { leaves, levels };
}
