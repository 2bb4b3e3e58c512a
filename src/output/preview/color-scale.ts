import { divergingColor, mapRgb, type Rgb } from "./color-map.ts";

/** How values become colours: by brightness from `least` to `most`, or by the diverging map, whose middle is 0. */
export interface ColorScale {
  readonly kind: "brightness" | "diverging";
  readonly least: number;
  readonly most: number;
  /** Whether some values lie beyond and have the colours of the ends. */
  readonly clips: boolean;
}

/** The part of the values that decides where a scale ends if a few are far larger than all others. */
const PART = 0.99;
/** A largest value of so many times the one at `PART` is not far. */
const NEAR = 1.25;
/** Bytes up to here are few gray values, as of handwriting in 4 bits; on the scale to 255 they would all look black. */
const FEW_VALUES = 63;

/**
 * The scale of pixels as they are stored.
 *
 * @param isBytes whether they are bytes, which have a scale of their own
 * @param signed the kind of scale if some are negative
 */
export function pixelScale(
  images: readonly ArrayLike<number>[],
  isBytes: boolean,
  signed: ColorScale["kind"] = "diverging",
): ColorScale {
  const { least, most } = extremes(images);
  if (least < 0) return centredScale(images, signed);
  const end = isBytes && most > FEW_VALUES ? 255 : most;
  return { kind: "brightness", least: 0, most: end > 0 ? end : 1, clips: false };
}

/** A scale with 0 in its middle, which ends at the largest absolute value unless that is far from the others. */
export function centredScale(images: readonly ArrayLike<number>[], kind: ColorScale["kind"]): ColorScale {
  const sizes = finiteSizes(images).sort();
  if (sizes.length === 0 || sizes[sizes.length - 1] === 0) return { kind, least: -1, most: 1, clips: false };
  const largest = sizes[sizes.length - 1];
  const usual = sizes[Math.max(0, Math.ceil(PART * sizes.length) - 1)];
  const clips = usual > 0 && largest > NEAR * usual;
  const most = clips ? usual : largest;
  return { kind, least: -most, most, clips };
}

/**
 * The colour of one pixel. What is not a number is black.
 *
 * @param values of the pixel: one, or red, green and blue
 */
export function colorOf(scale: ColorScale, values: ArrayLike<number>): Rgb {
  if (Array.from(values).some(Number.isNaN)) return [0, 0, 0];
  if (scale.kind === "diverging") return divergingColor(2 * partOf(scale, values[0]) - 1);
  const light = (value: number) => Math.round(255 * Math.max(0, Math.min(1, partOf(scale, value))));
  if (values.length !== 3) return mapRgb(() => light(values[0]));
  return mapRgb((channel) => light(values[channel]));
}

/** The colour of a value where red, green and blue have it. */
export function colorAt(scale: ColorScale, value: number): Rgb {
  return colorOf(scale, [value]);
}

/** Where a value lies from the scale's least (0) to its most (1). */
export function partOf({ least, most }: ColorScale, value: number): number {
  return (value - least) / (most - least);
}

/** What stands under the scale's ends and middle: three significant digits; `≤` and `≥` where values lie beyond. */
export function scaleLabels({ least, most, clips }: ColorScale): {
  least: string;
  zero: string;
  most: string;
} {
  const text = (value: number) => String(Number(value.toPrecision(3)));
  return {
    least: `${clips ? "≤ " : ""}${text(least)}`,
    zero: least < 0 ? "0" : "",
    most: `${clips ? "≥ " : ""}${text(most)}`,
  };
}

/** The ends of a scale in words. */
export function scaleWords(scale: ColorScale): string {
  const { least, zero, most } = scaleLabels(scale);
  if (scale.kind === "diverging") return `blue is ${least}, white 0, red ${most}`;
  return `black is ${least}${zero === "" ? "" : ", gray 0"}, white ${most}`;
}

/** The absolute values that are finite. */
function finiteSizes(images: readonly ArrayLike<number>[]): Float64Array {
  const sizes = new Float64Array(images.reduce((sum, { length }) => sum + length, 0));
  let count = 0;
  for (const values of images) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) sizes[count++] = Math.abs(values[i]);
    }
  }
  return sizes.subarray(0, count);
}

function extremes(images: readonly ArrayLike<number>[]): { least: number; most: number } {
  let [least, most] = [0, 0];
  for (const values of images) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue;
      least = Math.min(least, values[i]);
      most = Math.max(most, values[i]);
    }
  }
  return { least, most };
}
