import { PixscaleError } from "../../errors.ts";

const RANK_2_INTEGERS = 0x0c02;
const HEADER_BYTES = 12;
const AGAIN = "download the file again";

/**
 * The first number of each row of an IDX file of 32-bit integers with rank 2, as QMNIST's labels are.
 *
 * @param file its name in errors
 * @throws PixscaleError if the bytes are no such file, or a number is no class
 */
export function parseIntegerLabels(bytes: Uint8Array, file: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== RANK_2_INTEGERS) {
    throw new PixscaleError(file, "not an IDX file of integers with rank 2", AGAIN);
  }
  const [count, columns] = [view.getUint32(4), view.getUint32(8)];
  const expected = HEADER_BYTES + 4 * count * columns;
  if (bytes.length !== expected || columns === 0) {
    const problem = `${count} × ${columns} values: expected ${expected} bytes, found ${bytes.length}`;
    throw new PixscaleError(file, problem, AGAIN);
  }
  return Uint8Array.from({ length: count }, (_, row) => {
    const label = view.getInt32(HEADER_BYTES + 4 * row * columns);
    if (label >= 0 && label <= 255) return label;
    throw new PixscaleError(file, `label ${label} of image ${row + 1}, but classes are 0 to 255`, AGAIN);
  });
}
