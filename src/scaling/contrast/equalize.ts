import { type ImageGroup, rangeOf } from "./image-group.ts";

const BINS = 256;
/** The largest whole number that has a bin of its own: that of 16-bit pixels. */
const MOST = 65535;

/**
 * Histogram equalization: each value becomes the fraction of the group's values that are not above it. scikit-image:
 * `exposure.equalize_hist(image, nbins=256)`. Whole numbers from 0 to 65535 each have a bin of their own, as in images of integers
 * there. Other values are counted in 256 bins between the smallest and largest; the fraction is interpolated linearly between the
 * middles of the bins.
 */
export function equalize(group: ImageGroup): void {
  const [low, high] = rangeOf(group);
  if (isWhole(group) && low >= 0 && high <= MOST) equalizeWhole(group, low, high);
  else equalizeBinned(group, low, high);
}

function isWhole({ values, stride }: ImageGroup): boolean {
  for (let i = 0; i < values.length; i += stride) {
    if (!Number.isInteger(values[i])) return false;
  }
  return true;
}

function equalizeWhole({ values, stride, count }: ImageGroup, low: number, high: number): void {
  const fractions = new Float64Array(high - low + 1);
  for (let i = 0; i < values.length; i += stride) fractions[values[i] - low]++;
  cumulate(fractions, count);
  for (let i = 0; i < values.length; i += stride) values[i] = fractions[values[i] - low];
}

function equalizeBinned({ values, stride, count }: ImageGroup, low: number, high: number): void {
  const edges = binEdges(low, high);
  const fractions = new Float64Array(BINS);
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i];
    let bin = Math.min(Math.floor(((value - low) / (high - low)) * BINS), BINS - 1);
    // As NumPy's histogram: the edges decide, whatever the division rounded to.
    if (value < edges[bin]) bin--;
    else if (bin < BINS - 1 && value >= edges[bin + 1]) bin++;
    fractions[bin]++;
  }
  cumulate(fractions, count);
  const middles = new Float64Array(BINS);
  for (let bin = 0; bin < BINS; bin++) middles[bin] = (edges[bin] + edges[bin + 1]) / 2;
  for (let i = 0; i < values.length; i += stride) values[i] = interpolate(values[i], middles, fractions);
}

/** NumPy: `linspace(low, high, 257)`. */
function binEdges(low: number, high: number): Float64Array {
  const edges = new Float64Array(BINS + 1);
  const width = (high - low) / BINS;
  for (let bin = 0; bin < BINS; bin++) edges[bin] = bin * width + low;
  edges[BINS] = high;
  return edges;
}

/** Counts become the fractions up to and with each bin. */
function cumulate(counts: Float64Array, total: number): void {
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    sum += counts[bin];
    counts[bin] = sum / total;
  }
}

/** Linear between the evenly spaced `places`, constant beyond them. */
function interpolate(value: number, places: Float64Array, heights: Float64Array): number {
  const last = places.length - 1;
  if (value <= places[0]) return heights[0];
  if (value >= places[last]) return heights[last];
  let left = Math.floor(((value - places[0]) / (places[last] - places[0])) * last);
  if (value < places[left]) left--;
  else if (value >= places[left + 1]) left++;
  const slope = (heights[left + 1] - heights[left]) / (places[left + 1] - places[left]);
  return slope * (value - places[left]) + heights[left];
}
