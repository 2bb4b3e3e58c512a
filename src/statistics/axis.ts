import { type ImageShape, imageSize } from "../data/dataset.ts";

export const AXES = ["global", "channel", "pixel"] as const;

/** What one featurewise statistic covers: every value, one channel, or one pixel position and channel. */
export type Axis = (typeof AXES)[number];

/**
 * How many statistics an axis has. As pixels are in NHWC order, value `i` of the pixels belongs to statistic
 * `i mod groupCount` on every axis.
 */
export function groupCount(axis: Axis, shape: ImageShape): number {
  switch (axis) {
    case "global":
      return 1;
    case "channel":
      return shape.channels;
    case "pixel":
      return imageSize(shape);
  }
}
