import type { Split } from "./dataset.ts";

/** A split in memory that threads share instead of copying it. */
export function shareSplit(split: Split): Split {
  return { ...split, pixels: shareValues(split.pixels), labels: shareValues(split.labels) };
}

/** A copy of the same type in shared memory, unless it is there already. */
function shareValues<Values extends Split["pixels"] | Split["labels"]>(values: Values): Values {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const ArrayType = values.constructor as new (buffer: SharedArrayBuffer) => Values;
  const shared = new ArrayType(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
