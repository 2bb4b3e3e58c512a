import type { ImageSplit, Split } from "./dataset.ts";

/** A split that threads share instead of copying it: in shared memory, or in an open file. */
export function shareSplit<S extends ImageSplit>(split: S): S {
  const labels = shareValues(split.labels);
  return split.pixels === undefined
    ? { ...split, labels }
    : { ...split, labels, pixels: shareValues(split.pixels) };
}

/** A copy of the same type in shared memory, unless it is there already. */
function shareValues<Values extends Split["pixels"] | Split["labels"]>(values: Values): Values {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const ArrayType = values.constructor as new (buffer: SharedArrayBuffer) => Values;
  const shared = new ArrayType(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
