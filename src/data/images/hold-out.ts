import { PixscaleError, setting, UsageError } from "../../errors.ts";
import { RandomStream, shuffledIndices } from "../../random.ts";
import { type ImageFiles, NO_IMAGES, pickFiles } from "./image-files.ts";
import type { ImageOptions } from "./image-options.ts";

/** Fraction of the images held out for testing where the data have no test images of their own. */
export const DEFAULT_TEST_SPLIT = 0.2;

/** The images drawn for testing. */
export interface TestDraw {
  readonly count: number;
  /** 1 for each image drawn, 0 for the others, in order. */
  readonly isTest: Uint8Array;
}

/**
 * Draws the test images out of `images` ones.
 *
 * @param subject for the error
 * @throws PixscaleError if a split would have no image, unless `testSplit` is 0; UsageError if `testSplit` was given
 */
export function drawTestImages(
  images: number,
  subject: string,
  { testSplit: given, splitSeed = 0 }: Pick<ImageOptions, "testSplit" | "splitSeed">,
): TestDraw {
  const testSplit = given ?? DEFAULT_TEST_SPLIT;
  const isTest = new Uint8Array(images);
  if (testSplit === 0) return { count: 0, isTest };
  if (images === 1) {
    const remedy = `add images for training and testing, or use ${setting("testSplit", 0)} to measure it`;
    throw new PixscaleError(subject, "only 1 image found", remedy);
  }
  const count = Math.round(images * testSplit);
  if (count === 0 || count === images) {
    const problem = `${testSplit} of ${images} images leaves ${images - count} for training and ${count} for testing`;
    if (given === undefined) {
      const remedy = `add images, or use ${setting("testSplit", 0)} to measure them`;
      throw new PixscaleError(subject, `too few images to hold out some for testing: ${problem}`, remedy);
    }
    throw new UsageError(setting("testSplit"), problem, "choose a fraction that leaves images for both");
  }
  const order = shuffledIndices(images, new RandomStream(splitSeed, "split"));
  for (const index of order.subarray(0, count)) isTest[index] = 1;
  return { count, isTest };
}

/** @param problem says where test images are. @throws UsageError if some should be drawn though there are such */
export function requireNoTestSplit({ testSplit }: Pick<ImageOptions, "testSplit">, problem: string): void {
  if (testSplit !== undefined) throw new UsageError(setting("testSplit"), problem, "leave the option out");
}

/** Takes the drawn test images out of encoded ones; both splits keep their order. @throws as `drawTestImages` does */
export function holdOut(
  files: ImageFiles,
  folder: string,
  options: Pick<ImageOptions, "testSplit" | "splitSeed">,
): { readonly train: ImageFiles; readonly test: ImageFiles } {
  const { count, isTest } = drawTestImages(files.count, folder, options);
  if (count === 0) return { train: files, test: NO_IMAGES };
  return {
    train: pickFiles(files, files.count - count, (index) => isTest[index] === 0),
    test: pickFiles(files, count, (index) => isTest[index] === 1),
  };
}
