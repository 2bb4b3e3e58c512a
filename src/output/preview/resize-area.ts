import type { Pixels } from "../../data/dataset.ts";

/** Values of one image: height × width × channels, row by row. */
export interface ValueImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: Pixels | Float64Array;
}

/**
 * Resizes an image: each new pixel is the mean over the area it covers, as TensorFlow's `resize_area` has it. Enlarging by whole numbers
 * repeats pixels.
 */
export function resizeArea(image: ValueImage, height: number, width: number): ValueImage {
  if (height === image.height && width === image.width) return image;
  const columns = covers(image.width, width);
  const rows = covers(image.height, height);
  const { channels } = image;
  const values = new Float64Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        let area = 0;
        for (const row of rows[y]) {
          for (const column of columns[x]) {
            const weight = row.weight * column.weight;
            sum += weight * image.values[(row.index * image.width + column.index) * channels + channel];
            area += weight;
          }
        }
        values[(y * width + x) * channels + channel] = sum / area;
      }
    }
  }
  return { height, width, channels, values };
}

interface Covered {
  readonly index: number;
  readonly weight: number;
}

/** Which old pixels of a row each of the new ones covers, and how much of each. */
function covers(from: number, to: number): Covered[][] {
  const step = from / to;
  return Array.from({ length: to }, (_, place) => {
    const [start, end] = [place * step, (place + 1) * step];
    const covered: Covered[] = [];
    for (let index = Math.floor(start); index < Math.min(from, end); index++) {
      const weight = Math.min(end, index + 1) - Math.max(start, index);
      // Rounding leaves slivers of pixels that are not covered.
      if (weight > 1e-9) covered.push({ index, weight });
    }
    return covered;
  });
}
