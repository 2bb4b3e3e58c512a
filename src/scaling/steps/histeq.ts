import { equalize } from "../contrast/equalize.ts";
import { samplewiseKind } from "./samplewise-kind.ts";

/** Histogram equalization of each image, or of each of its channels, to 0 … 1: see `equalize`. Nothing is fitted. */
export const histeq = samplewiseKind("histeq", equalize, {
  counterpart: "skimage.exposure.equalize_hist in Python",
});
