import { AdaptiveEqualizer } from "./adaptive-equalizer.ts";
import { type ChangeGroup, type ImageGroup, rangeOf } from "./image-group.ts";

const LEVELS = 16384;
/** scikit-image reads values from 0 to 1 as 16-bit numbers. */
const UNIT_STEPS = 65535;

/**
 * Contrast limited adaptive histogram equalization to 0 … 1. scikit-image: `exposure.equalize_adapthist(image, clip_limit=clip)`.
 * Colour images of three channels are changed in their value of hue, saturation and value, the largest of red, green and blue, as
 * there; images of other numbers of channels channel by channel. Values may have any range, where scikit-image wants −1 … 1: an
 * image's smallest and largest become the ends of the levels.
 *
 * @param clip from 0 to 1
 */
export function adaptiveContrast(clip: number): ChangeGroup {
  let equalizer: AdaptiveEqualizer | undefined;
  let plane = new Float64Array(0);
  let size = "";
  return (group) => {
    const { height, width } = group.shape;
    if (size !== `${height} ${width}`) {
      size = `${height} ${width}`;
      equalizer = new AdaptiveEqualizer(height, width, clip);
      plane = new Float64Array(height * width);
    }
    const equalized = () => equalizePlane(equalizer as AdaptiveEqualizer, plane);
    if (group.count === 3 * plane.length) changeValue(group, plane, equalized);
    else changeChannels(group, plane, equalized);
  };
}

/** Each channel by itself; a constant one becomes 0. */
function changeChannels(
  { values, stride, count }: ImageGroup,
  plane: Float64Array,
  equalized: () => boolean,
): void {
  const channels = count / plane.length;
  const step = stride * channels;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0, i = channel; pixel < plane.length; pixel++, i += step) plane[pixel] = values[i];
    const varies = equalized();
    for (let pixel = 0, i = channel; pixel < plane.length; pixel++, i += step) {
      values[i] = varies ? plane[pixel] : 0;
    }
  }
}

/** The same hue and saturation with another value: all three channels times new value / old value. */
function changeValue({ values }: ImageGroup, plane: Float64Array, equalized: () => boolean): void {
  const [low] = rangeOf({ values, stride: 1 });
  // Hue and saturation have no meaning for negative values.
  const shift = Math.min(low, 0);
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++, i += 3) {
    plane[pixel] = Math.max(values[i], values[i + 1], values[i + 2]) - shift;
  }
  const before = Float64Array.from(plane);
  const varies = equalized();
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++, i += 3) {
    const value = varies ? plane[pixel] : 1;
    for (let channel = i; channel < i + 3; channel++) {
      values[channel] = before[pixel] === 0 ? value : ((values[channel] - shift) / before[pixel]) * value;
    }
  }
}

/** Equalizes a plane to 0 … 1, in place. @returns false if it is constant, and then does nothing */
function equalizePlane(equalizer: AdaptiveEqualizer, plane: Float64Array): boolean {
  const [low, high] = rangeOf({ values: plane, stride: 1 });
  if (low === high) return false;
  if (!Number.isFinite(high - low)) {
    plane.fill(Number.NaN);
    return true;
  }
  if (low >= 0 && high <= 1) {
    for (let i = 0; i < plane.length; i++) plane[i] *= UNIT_STEPS;
    roundEven(plane);
  }
  stretch(plane, LEVELS - 1);
  roundEven(plane);
  equalizer.apply(plane);
  stretch(plane, 1);
  return true;
}

/** Takes the range of a plane to 0 … top; what does not vary is cut off at the ends. scikit-image: `rescale_intensity`. */
function stretch(plane: Float64Array, top: number): void {
  const [low, high] = rangeOf({ values: plane, stride: 1 });
  const span = high - low;
  for (let i = 0; i < plane.length; i++) {
    plane[i] = span === 0 ? Math.min(Math.max(low, 0), top) : ((plane[i] - low) / span) * top;
  }
}

/** Rounds values that are 0 or more; halves go to the even neighbour, as NumPy rounds. */
function roundEven(plane: Float64Array): void {
  for (let i = 0; i < plane.length; i++) {
    const value = plane[i];
    const up = Math.round(value);
    plane[i] = up - value === 0.5 && up % 2 === 1 ? up - 1 : up;
  }
}
