/** Rows, columns and products of a block in a product of matrices: the packed columns stay in the second-level cache. */
export const PRODUCT_ROWS = 384;
export const PRODUCT_COLUMNS = 192;
export const PRODUCT_DEPTH = 192;
/** Bytes of memory that one product needs for packed panels and a tile. */
export const PRODUCT_SCRATCH = (PRODUCT_ROWS + PRODUCT_COLUMNS) * PRODUCT_DEPTH * 8 + 192;
