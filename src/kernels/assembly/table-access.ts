import { Control, Stage } from "../tables";

/** Reads fields of the tables in ../tables.ts: `table` is the address of the control block or of a row. */

/** Address of a word. */
export function word(table: usize, index: i32): usize {
  return table + ((<usize>index) << 2);
}

/** A size, count or flag. */
export function int(table: usize, index: i32): i32 {
  return load<i32>(word(table, index));
}

/** An address, or a distance between addresses. */
export function address(table: usize, index: i32): usize {
  return load<usize>(word(table, index));
}

/** A float32 value. */
export function real(table: usize, index: i32): f32 {
  return load<f32>(word(table, index));
}

/** Address of a stage's row. */
export function stageRow(control: usize, index: i32): usize {
  return address(control, Control.stageTable) + <usize>(index * (Stage.words << 2));
}
