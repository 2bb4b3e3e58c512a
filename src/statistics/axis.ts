import { formatShape, type ImageShape, imageSize } from "../data/dataset.ts";
import { setting, UsageError } from "../errors.ts";

export const AXES = ["global", "channel", "pixel"] as const;

/** The values that share one featurewise statistic: all, those of a channel, or those of a pixel position and channel. */
export type Axis = (typeof AXES)[number];

/** Most values of an image whose statistics are kept one by one: about 100 bytes each in all. */
const MAX_POSITIONS = 2 ** 24;

/** Whether the statistics of each pixel fit into memory. */
export function fitsByPixel(shape: ImageShape): boolean {
  return imageSize(shape) <= MAX_POSITIONS;
}

/**
 * Number of groups of values along an axis, each with its own statistics. In NHWC order, value `i` of the pixels belongs to
 * group `i mod groupCount` on every axis.
 *
 * @throws UsageError if images are too large for statistics of each pixel
 */
export function groupCount(axis: Axis, shape: ImageShape): number {
  switch (axis) {
    case "global":
      return 1;
    case "channel":
      return shape.channels;
    case "pixel": {
      if (fitsByPixel(shape)) return imageSize(shape);
      const problem = `images of ${formatShape(shape)} are too large for statistics of each pixel (${imageSize(shape).toLocaleString("en-US")} values, at most ${MAX_POSITIONS.toLocaleString("en-US")})`;
      throw new UsageError(setting("axis"), problem, `choose another axis, or a smaller ${setting("size")}`);
    }
  }
}
