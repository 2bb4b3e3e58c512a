import { type ImageGroup, rangeOf } from "../contrast/image-group.ts";
import { samplewiseKind } from "./samplewise-kind.ts";

/** Takes the range of each image, or of each of its channels, to 0 … 1; a constant one to 0. Nothing is fitted. */
export const samplewiseMinmax = samplewiseKind("samplewise-minmax", takeToUnit, {
  formula: { shift: "low", divisor: { by: "range" } },
});

function takeToUnit(group: ImageGroup): void {
  const { values, stride } = group;
  const [low, high] = rangeOf(group);
  for (let i = 0; i < values.length; i += stride) values[i] = (values[i] - low) / (high - low);
}
