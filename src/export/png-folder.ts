import { join } from "node:path";
import { type Dataset, type ImageSplit, imageSize, type SplitName } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import { makeWritableFolder, writeFiles } from "../files/write.ts";
import { batchIndexes, scaledBlocks } from "../scaling/batches.ts";
import { decimal } from "../scaling/number.ts";
import type { ImageScaling } from "../scaling/scaler.ts";
import { encodePng } from "./png.ts";

/** Images encoded at a time. */
const BLOCK = 64;
/** How far values may be from bytes: the way back from a scaling is rounded. */
const TOLERANCE = 0.25;

export interface PngOptions {
  readonly splits: Readonly<Partial<Record<SplitName, ImageSplit>>>;
  readonly scaler: ImageScaling;
  readonly classes: Pick<Dataset, "classes" | "classNames" | "unlabelled">;
}

/**
 * Writes scaled images as PNG files, `train/CLASS/00017.png`: those of values from 0 to 1 times 255, whole numbers from 0 to 255 as
 * they are, both rounded. Numbers are places in the split, from 0; images without labels need no folder for a class.
 *
 * @returns the factor
 * @throws PixscaleError if values are in neither range, or images have more than four channels; as `Scaler.applyTo` and `writeFiles` do
 */
export async function savePngs(folder: string, { splits, scaler, classes }: PngOptions): Promise<number> {
  const factor = byteFactor(folder, Object.values(splits), scaler);
  for (const [name, split] of Object.entries(splits)) {
    requireChannels(folder, split);
    const size = imageSize(split.shape);
    const digits = String(split.count - 1).length;
    const place = (index: number) => {
      const own = classes.unlabelled ? "" : className(split.labels[index], classes);
      return join(folder, name, own, `${String(index).padStart(digits, "0")}.png`);
    };
    for (const label of new Set(split.labels)) {
      makeWritableFolder(join(folder, name, classes.unlabelled ? "" : className(label, classes)));
    }
    for (const indexes of batchIndexes(split.count, BLOCK)) {
      let first = 0;
      for (const images of scaledBlocks(split, scaler, indexes)) {
        const bytes = new Uint8Array(images.length);
        for (let i = 0; i < images.length; i++) bytes[i] = Math.round(images[i] * factor);
        const some = indexes.subarray(first, first + images.length / size);
        const files = [...some].map(
          async (index, i): Promise<[string, Buffer]> => [
            place(index),
            await encodePng(bytes.slice(i * size, (i + 1) * size), split.shape),
          ],
        );
        writeFiles(new Map(await Promise.all(files)));
        first += some.length;
      }
    }
  }
  return factor;
}

/** What decides how values become bytes. */
interface Values {
  low: number;
  high: number;
  /** The largest distance from a whole number. */
  fraction: number;
}

function byteFactor(folder: string, splits: readonly ImageSplit[], scaler: ImageScaling): number {
  const found = valuesOf(splits, scaler);
  const { low, high, fraction } = found;
  if (low >= -TOLERANCE / 255 && high <= 1 + TOLERANCE / 255) return 255;
  if (low >= -TOLERANCE && high <= 255 + TOLERANCE && fraction <= TOLERANCE) return 1;
  const whole = fraction <= TOLERANCE ? "" : ", with fractions";
  const problem = `PNG files hold 0 to 1 or whole numbers from 0 to 255, and these values go from ${decimal(low)} to ${decimal(high)}${whole}`;
  throw new PixscaleError(folder, problem, "save them as .npy or .npz");
}

function valuesOf(splits: readonly ImageSplit[], scaler: ImageScaling): Values {
  const found = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, fraction: 0 };
  for (const split of splits) {
    for (const indexes of batchIndexes(split.count, BLOCK)) {
      for (const images of scaledBlocks(split, scaler, indexes)) addValues(found, images);
    }
  }
  return found;
}

function addValues(found: Values, images: Float32Array): void {
  for (const value of images) {
    // NaN must not get lost: it is in no range.
    if (!(value >= found.low)) found.low = value;
    if (!(value <= found.high)) found.high = value;
    found.fraction = Math.max(found.fraction, Math.abs(value - Math.round(value)));
  }
}

function requireChannels(folder: string, { shape: { channels } }: ImageSplit): void {
  if (channels <= 4) return;
  const problem = `PNG files hold at most 4 channels, and these images have ${channels}`;
  throw new PixscaleError(folder, problem, "save them as .npy or .npz");
}

/** The name of a class, or its number where that is no name for a folder; numbers are in alphabetical order, too. */
function className(label: number, { classes, classNames }: PngOptions["classes"]): string {
  const name = classNames?.[label];
  if (name !== undefined && /^[^./\\][^/\\]*$/.test(name)) return name;
  return String(label).padStart(String(classes - 1).length, "0");
}
