/**
 * Spreads what a limit has cut off from a histogram over the bins below the limit, in place. The order in which bins receive it is
 * that of `clip_histogram` in scikit-image's `exposure/_adapthist.py`, after Zuiderveld, "Contrast limited adaptive histogram
 * equalization" (1994). The last portion may be larger than what is left.
 *
 * @param counts at most `limit` each
 */
export function spreadExcess(counts: Int32Array, limit: number, excess: number): void {
  const share = Math.floor(excess / counts.length);
  const left = share === 0 ? excess : spreadEvenly(counts, limit, share, excess);
  if (left > 0) spreadRest(counts, limit, left);
}

/** Raises all bins by a share, as far as they have room. @returns what is left of the excess */
function spreadEvenly(counts: Int32Array, limit: number, share: number, excess: number): number {
  let left = excess;
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] < limit - share) {
      counts[bin] += share;
      left -= share;
    }
    if (counts[bin] < limit - share) continue;
    left -= limit - counts[bin];
    counts[bin] = limit;
  }
  return left;
}

/** Raises bins at even distances by 1, until nothing is left or no bin has room. */
function spreadRest(counts: Int32Array, limit: number, excess: number): void {
  let left = excess;
  let open = 0;
  for (let bin = 0; bin < counts.length; bin++) open += counts[bin] < limit ? 1 : 0;
  while (left > 0 && open > 0) {
    for (let first = 0; first < counts.length && left > 0; first++) {
      const step = Math.max(1, Math.floor(open / left));
      for (let bin = first; bin < counts.length; bin += step) {
        if (counts[bin] >= limit) continue;
        counts[bin]++;
        left--;
        if (counts[bin] === limit) open--;
      }
    }
  }
}
