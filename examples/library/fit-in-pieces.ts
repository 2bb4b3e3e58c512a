/** Fits a scaling on images that come in pieces, such as files that do not fit into memory together. */
import { IncrementalFit, splitFromArrays } from "pixscale";

const shape = { height: 8, width: 8, channels: 1 };
const fit = new IncrementalFit("standardize");
for (let piece = 0; piece < 3; piece++) {
  const images = Uint8Array.from({ length: 10 * 64 }, (_, i) => (i * (piece + 3)) % 256);
  fit.partialFit(splitFromArrays({ images }, { shape }));
}
console.log(JSON.stringify(fit.scaler().toJSON().steps));
