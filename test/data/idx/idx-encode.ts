/** The bytes of an IDX file with any magic number and dimensions, right or wrong. */
export function encodeIdx(dims: readonly number[], data: Uint8Array, magic = 0x0800 + dims.length): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt32BE(magic, 0);
  dims.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, data]);
}

/** Values 0, 1, 2, … 255, 0, … */
export function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}
