/** Columns per panel of the whitening matrix: eight vectors of four, which stay in registers. */
export const COLUMNS = 32;
