const NAMES = ["mnist", "mnist-mini", "fashion-mnist"] as const;

export type DatasetName = (typeof NAMES)[number];

/** The names that `loadDataset` knows. */
export const DATASET_NAMES: readonly string[] = NAMES;

/** The dataset that commands use by default. */
export const DEFAULT_DATASET: DatasetName = "mnist";

export function isDatasetName(name: string): name is DatasetName {
  return DATASET_NAMES.includes(name);
}
