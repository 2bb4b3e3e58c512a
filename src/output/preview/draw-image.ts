import type { ChalkInstance } from "chalk";
import type { Rgb } from "./color-map.ts";
import { type ColorScale, colorOf, partOf } from "./color-scale.ts";
import type { Size } from "./image-size.ts";
import { resizeArea, type ValueImage } from "./resize-area.ts";

/** chalk's level from which on there are colours enough for pictures. */
const COLORS_256 = 2;

/** From black to white. */
const BRIGHTNESS = " .:-=+*#%@";
/** Below and above 0, each away from it. */
const [BELOW, ABOVE] = [" '~<{[", " .+*#@"];

/**
 * An image as lines of text, each character two pixels one above the other: half blocks in colour, or other characters where the
 * terminal has fewer than 256 colours.
 *
 * @param size to show it at, in pixels
 */
export function drawImage(image: ValueImage, scale: ColorScale, size: Size, chalk: ChalkInstance): string[] {
  if (chalk.level >= COLORS_256) return halfBlocks(resizeArea(image, size.height, size.width), scale, chalk);
  // Slightly darker or lighter channels make no difference here.
  const shown = resizeArea(image, Math.ceil(size.height / 2), size.width);
  return Array.from({ length: shown.height }, (_, y) =>
    Array.from({ length: shown.width }, (_, x) => characterOf(scale, mean(valuesAt(shown, y, x)))).join(""),
  );
}

/** The colours or characters of a scale from its least to its most value, `width` columns wide. */
export function drawScale(scale: ColorScale, width: number, chalk: ChalkInstance): string {
  const values = Float64Array.from(
    { length: width },
    (_, x) => scale.least + ((scale.most - scale.least) * x) / Math.max(1, width - 1),
  );
  if (chalk.level < COLORS_256) return Array.from(values, (value) => characterOf(scale, value)).join("");
  const strip = { height: 2, width, channels: 1, values: Float64Array.of(...values, ...values) };
  return halfBlocks(strip, scale, chalk)[0];
}

function halfBlocks(image: ValueImage, scale: ColorScale, chalk: ChalkInstance): string[] {
  const colorAt = (y: number, x: number) => colorOf(scale, valuesAt(image, y, x));
  return Array.from({ length: Math.ceil(image.height / 2) }, (_, row) => {
    const cells = Array.from({ length: image.width }, (_, x): readonly [Rgb, Rgb | undefined] => [
      colorAt(2 * row, x),
      2 * row + 1 < image.height ? colorAt(2 * row + 1, x) : undefined,
    ]);
    return inRuns(cells)
      .map(([[top, bottom], length]) => {
        const style = chalk.rgb(...top);
        return (bottom === undefined ? style : style.bgRgb(...bottom))("▀".repeat(length));
      })
      .join("");
  });
}

/** Neighbours of the same colours together, so that each run needs one escape code. */
function inRuns<T extends readonly unknown[]>(cells: readonly T[]): [T, number][] {
  const runs: [T, number][] = [];
  for (const cell of cells) {
    const last = runs.at(-1);
    if (last !== undefined && String(last[0]) === String(cell)) last[1]++;
    else runs.push([cell, 1]);
  }
  return runs;
}

function characterOf(scale: ColorScale, value: number): string {
  if (Number.isNaN(value)) return "?";
  const part = partOf(scale, value);
  if (scale.least >= 0) return pick(BRIGHTNESS, part);
  return part < 0.5 ? pick(BELOW, 1 - 2 * part) : pick(ABOVE, 2 * part - 1);
}

/** @param part from 0, the first character, to 1, the last */
function pick(characters: string, part: number): string {
  return characters[Math.max(0, Math.min(characters.length - 1, Math.round(part * (characters.length - 1))))];
}

function valuesAt({ width, channels, values }: ValueImage, y: number, x: number): ValueImage["values"] {
  const first = (y * width + x) * channels;
  return values.subarray(first, first + channels);
}

function mean(values: ValueImage["values"]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
