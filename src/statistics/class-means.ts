import { type ImageSplit, imageSize } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";

/**
 * The mean image of some classes: [class][value of an image]; NaN for a class without images.
 *
 * @param labels of these classes; all their means are in memory at once
 */
export function classMeans(split: ImageSplit, labels: readonly number[]): Float64Array[] {
  const size = imageSize(split.shape);
  const means = new Map(labels.map((label) => [label, { sum: new Float64Array(size), count: 0 }]));
  for (const piece of inPieces(split)) {
    for (let i = 0; i < piece.count; i++) {
      const mean = means.get(piece.labels[i]);
      if (mean === undefined) continue;
      mean.count++;
      for (let value = 0; value < size; value++) mean.sum[value] += piece.pixels[i * size + value];
    }
  }
  return [...means.values()].map(({ sum, count }) => sum.map((each) => each / count));
}
