import { PATCH_ROWS, Stage } from "../tables";
import { int } from "./table-access";

/**
 * The patch panel: how a convolution's kernel, its gradient and its moments are stored. The backward pass needs a kernel, and
 * the input patch under it, as rows of whole vectors. So the kernelH × (kernelW·C) values of each filter are cut into blocks of
 * 3 rows and 4 · vectors columns, where column kw · C + c is channel c of kernel column kw:
 *
 *   [row block][column block][F][3][4 · vectors]
 *
 * Rows and columns beyond the kernel are zero.
 */

/** Values per kernel row: kernelW · C. */
export function rowLength(stage: usize): i32 {
  return int(stage, Stage.kernelW) * int(stage, Stage.C);
}

export function rowBlocks(stage: usize): i32 {
  return (int(stage, Stage.kernelH) + PATCH_ROWS - 1) / PATCH_ROWS;
}

export function columnBlocks(stage: usize): i32 {
  const width = 4 * int(stage, Stage.vectors);
  return (rowLength(stage) + width - 1) / width;
}

/** Bytes per row of a patch. */
export function patchRowBytes(stage: usize): usize {
  return (<usize>int(stage, Stage.vectors)) << 4;
}

/** Bytes per filter and block. */
export function patchBytes(stage: usize): usize {
  return <usize>PATCH_ROWS * patchRowBytes(stage);
}

/** Distance from the panel's start to one kernel value of filter 0; filter f is f · patchBytes further. */
export function valueOffset(stage: usize, kh: i32, column: i32): usize {
  const width = 4 * int(stage, Stage.vectors);
  const rowBlock = kh / PATCH_ROWS;
  const columnBlock = column / width;
  const block = rowBlock * columnBlocks(stage) + columnBlock;
  const row = (block * int(stage, Stage.F) - rowBlock) * PATCH_ROWS + kh;
  return (<usize>(row * width + column - columnBlock * width)) << 2;
}
