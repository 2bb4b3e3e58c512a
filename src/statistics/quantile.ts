/**
 * A quantile of sorted values by linear interpolation, the rule of NumPy's and scikit-learn's defaults (type 7 of Hyndman and Fan,
 * "Sample quantiles in statistical packages", 1996).
 *
 * @param at the value of a rank, from 0 to `count` − 1
 * @param fraction from 0 to 1
 */
export function linearQuantile(at: (rank: number) => number, count: number, fraction: number): number {
  const place = (count - 1) * fraction;
  const rank = Math.floor(place);
  const low = at(rank);
  const rest = place - rank;
  return rest === 0 ? low : low + (at(rank + 1) - low) * rest;
}

/** The value of a rank among counted values: `counts[v]` of them are `v`. */
export function countedRank(counts: ArrayLike<number>, rank: number): number {
  let below = 0;
  for (let value = 0; value < counts.length; value++) {
    below += counts[value];
    if (rank < below) return value;
  }
  throw new RangeError(`fewer than ${rank + 1} values are counted`);
}
