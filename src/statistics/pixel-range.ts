import type { ImageSplit } from "../data/dataset.ts";
import { measure } from "./measure.ts";

/** The smallest and largest pixel of some images. */
export interface PixelRange {
  readonly min: number;
  readonly max: number;
}

/** Pixels that are so many times larger are in other units: bytes and values from 0 to 1 differ by 255. */
const OTHER_UNITS = 10;

/** @throws PixscaleError if there are no images */
export function pixelRange(images: ImageSplit): PixelRange {
  const { min, max } = measure(images, "global");
  return { min: min[0], max: max[0] };
}

/**
 * Whether two ranges are in other units: if the larger end of one is many times that of the other, or only one has negative values that
 * matter.
 */
export function isOtherRange(one: PixelRange, other: PixelRange): boolean {
  const [a, b] = [one, other].map(({ min, max }) => Math.max(Math.abs(min), Math.abs(max)));
  if (Math.max(a, b) > OTHER_UNITS * Math.min(a, b)) return true;
  const isSigned = ({ min, max }: PixelRange) => -min * OTHER_UNITS > Math.max(max, -min);
  return isSigned(one) !== isSigned(other);
}
