/** Statistics of pixel values, one entry a group: one group globally, one a channel, or one a pixel position. */
export interface Moments {
  /** Values in each group. */
  readonly count: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Population standard deviation. */
  readonly std: Float64Array;
}
