/** Columns of a panel of the matrix: eight vectors of four, which stay in registers. */
export const COLUMNS = 32;
