import type { Dataset, ImageSplit } from "../data/dataset.ts";
import { drawImages } from "../data/draw-images.ts";
import { selectImages } from "../data/stored-split.ts";
import { PixscaleError, setting, UsageError } from "../errors.ts";
import { RandomStream, shuffledIndices } from "../random.ts";
import type { TrainSettings } from "./settings.ts";

/** The images a run uses. */
export interface RunSplits<S extends ImageSplit = ImageSplit> {
  readonly train: S;
  readonly validation: S | undefined;
  readonly test: S;
}

/**
 * Selects the images of a run: first the limits apply, the same for all seeds, then the validation images, drawn by the seed, leave `train` before any
 * statistics are fitted on it. Without a validation split, validation images of the data's own are used, if there are any.
 *
 * @throws UsageError if no image would be left to train or validate on; PixscaleError if the images have no labels, only one class, or
 * no test images
 */
export function runSplits<S extends ImageSplit>(
  dataset: Dataset<S>,
  settings: Pick<TrainSettings, "limit" | "limitTest" | "validationSplit" | "seed">,
): RunSplits<S> {
  requireTrainable(dataset);
  const limited = drawImages(dataset.train, settings.limit);
  const test = drawImages(dataset.test, settings.limitTest);
  if (settings.validationSplit === 0) return { train: limited, validation: dataset.validation, test };
  const held = Math.round(limited.count * settings.validationSplit);
  if (held === 0 || held === limited.count) {
    const images = `${limited.count} image${limited.count === 1 ? "" : "s"}`;
    const problem = `would leave ${limited.count - held} of ${images} to train on and ${held} to validate on`;
    throw new UsageError(setting("validationSplit"), problem, "choose a fraction that leaves some for both");
  }
  const order = shuffledIndices(limited.count, new RandomStream(settings.seed, "validation"));
  return {
    // File order within each part: the seed decides the split, each epoch its own order.
    train: selectImages(limited, order.slice(held).sort()),
    validation: selectImages(limited, order.slice(0, held).sort()),
    test,
  };
}

/** @throws PixscaleError if a network cannot learn from the data */
function requireTrainable({ name, classes, test, unlabelled, reading }: Dataset): void {
  if (unlabelled) {
    const remedy = reading
      ? `name a table with ${setting("labels")}, or use ${setting("labelFrom", "name")} for names such as cat.0.jpg`
      : "add one class for each image, such as y_train";
    throw new PixscaleError(name, "training needs labels, and these images have none", remedy);
  }
  if (classes < 2)
    throw new PixscaleError(name, "training needs two or more classes, and there is only one", "add another");
  if (test.count === 0) {
    throw new PixscaleError(name, "training needs test images", `use a ${setting("testSplit")} above 0`);
  }
}
