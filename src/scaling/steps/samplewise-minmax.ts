import { samplewiseKind } from "./samplewise-kind.ts";

/** Takes the range of each image, or of each of its channels, to 0 … 1; a constant one to 0. Nothing is fitted. */
export const samplewiseMinmax = samplewiseKind("samplewise-minmax", (values, stride) => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i += stride) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const span = high - low || 1;
  for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - low) / span;
});
