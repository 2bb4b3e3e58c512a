/** Columns per panel of the whitening matrix: eight vectors of four, which stay in registers. */
export const COLUMNS = 32;
/** Columns per panel, and images at a time, where the images have few zeros. */
export const DENSE_OUTPUTS = 8;
export const DENSE_IMAGES = 4;
/** Bytes of packed images that `multiplyDense` needs for each image. */
export const DENSE_SCRATCH = 1024;
