/** Statistics of pixel values, one entry per group: see `groupCount`. */
export interface Moments {
  /** Values in each group. */
  readonly count: number;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Population standard deviation. */
  readonly std: Float64Array;
  /** How far off they may be, if the values were not all read. */
  readonly uncertainty?: { readonly mean: Uncertainty; readonly std: Uncertainty };
}

/** How far estimates may be off, one entry per group. */
export interface Uncertainty {
  readonly standardErrors: Float64Array;
  /** Half the widths of the 95 % intervals. */
  readonly halfWidths: Float64Array;
}
