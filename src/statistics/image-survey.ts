import { type ImageSplit, imageSize } from "../data/dataset.ts";
import { inPieces } from "../data/stored-split.ts";
import { bytesOf, sha256 } from "../files/hash.ts";

/** Figures of single images; one entry per image, in the order of the split. */
export interface ImageSurvey {
  /** Over all values. */
  readonly mean: Float64Array;
  /** The deviation within channels: √ of the channels' mean variance (population). 0 for images of one colour only. */
  readonly contrast: Float64Array;
  /** Equal for images whose pixels are equal, and only for those. */
  readonly keys: readonly string[];
}

/** 128 bits: enough that no two images of any dataset collide by chance. */
const KEY_LETTERS = 32;

/** Measures every image of a split. Values that are not finite make an image's mean and contrast NaN or infinite. */
export function surveyImages(split: ImageSplit): ImageSurvey {
  const size = imageSize(split.shape);
  const mean = new Float64Array(split.count);
  const contrast = new Float64Array(split.count);
  const keys: string[] = [];
  for (const { pixels, count } of inPieces(split)) {
    for (let i = 0; i < count; i++) {
      const image = pixels.subarray(i * size, (i + 1) * size);
      const means = channelMeans(image, split.shape.channels);
      mean[keys.length] = means.reduce((sum, each) => sum + each, 0) / means.length;
      contrast[keys.length] = deviationFrom(image, means);
      keys.push(sha256(bytesOf(image)).slice(0, KEY_LETTERS));
    }
  }
  return { mean, contrast, keys };
}

function channelMeans(values: ArrayLike<number>, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < values.length; i += channels) {
    for (let channel = 0; channel < channels; channel++) sums[channel] += values[i + channel];
  }
  return sums.map((sum) => sum / (values.length / channels));
}

/** In a second pass, so that nothing is lost where it is small; exactly 0 for one colour, whose mean may be rounded. */
function deviationFrom(values: ArrayLike<number>, means: Float64Array): number {
  const channels = means.length;
  let squares = 0;
  let isPlain = true;
  for (let i = 0; i < values.length; i += channels) {
    for (let channel = 0; channel < channels; channel++) {
      const value = values[i + channel];
      squares += (value - means[channel]) ** 2;
      isPlain &&= value === values[channel];
    }
  }
  return isPlain ? 0 : Math.sqrt(squares / values.length);
}
