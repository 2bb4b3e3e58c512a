import { type ImageShape, imageSize } from "../data/dataset.ts";

export const AXES = ["global", "channel", "pixel"] as const;

/** The values that share one featurewise statistic: all, those of a channel, or those of a pixel position and channel. */
export type Axis = (typeof AXES)[number];

/**
 * Number of groups of values along an axis, each with its own statistics. In NHWC order, value `i` of the pixels belongs to
 * group `i mod groupCount` on every axis.
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
