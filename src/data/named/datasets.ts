import type { Split, Splits } from "../dataset.ts";
import { readFashionMnist } from "./fashion-mnist.ts";
import { readMnist, readMnistMini } from "./mnist.ts";

/** How to read each dataset that is known by name. */
export const NAMED_DATASETS: ReadonlyMap<string, () => Promise<Splits<Split>>> = new Map([
  ["mnist", () => readMnist()],
  ["mnist-mini", readMnistMini],
  ["fashion-mnist", () => readFashionMnist()],
]);

/** The names that `loadDataset` knows. */
export const DATASET_NAMES: readonly string[] = [...NAMED_DATASETS.keys()];

/** The dataset that commands use by default. */
export const DEFAULT_DATASET = "mnist";
