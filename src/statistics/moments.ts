/** Statistics of pixel values, one entry per group: see `groupCount`. */
export interface Moments {
  /** Values in each group. */
  readonly count: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Population standard deviation. */
  readonly std: Float64Array;
}
