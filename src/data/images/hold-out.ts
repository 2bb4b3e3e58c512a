import { setting, UsageError } from "../../errors.ts";
import { RandomStream, shuffledIndices } from "../../random.ts";
import { type ImageFiles, NO_IMAGES, pickFiles } from "./image-files.ts";
import type { ImageOptions } from "./image-options.ts";

/** Fraction of the images held out for testing where the data have no test images of their own. */
export const DEFAULT_TEST_SPLIT = 0.2;

/**
 * Draws the test images; both splits keep the order of names.
 *
 * @param folder for the error
 * @throws UsageError if a split would have no image, unless `testSplit` is 0
 */
export function holdOut(
  files: ImageFiles,
  folder: string,
  { testSplit = DEFAULT_TEST_SPLIT, splitSeed = 0 }: Pick<ImageOptions, "testSplit" | "splitSeed">,
): { readonly train: ImageFiles; readonly test: ImageFiles } {
  if (testSplit === 0) return { train: files, test: NO_IMAGES };
  if (files.count === 1) {
    const remedy = `add images for training and testing, or use ${setting("testSplit", 0)} to measure it`;
    throw new UsageError(folder, "only 1 image found", remedy);
  }
  const count = Math.round(files.count * testSplit);
  if (count === 0 || count === files.count) {
    const problem = `${testSplit} of ${files.count} images leaves ${files.count - count} for training and ${count} for testing`;
    throw new UsageError(setting("testSplit"), problem, "choose a fraction that leaves images for both");
  }
  const isTest = new Uint8Array(files.count);
  const order = shuffledIndices(files.count, new RandomStream(splitSeed, "split"));
  for (const index of order.subarray(0, count)) isTest[index] = 1;
  return {
    train: pickFiles(files, files.count - count, (index) => isTest[index] === 0),
    test: pickFiles(files, count, (index) => isTest[index] === 1),
  };
}
