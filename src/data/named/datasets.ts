import type { Split, Splits } from "../dataset.ts";
import { readFashionMnist } from "./fashion-mnist.ts";
import { readMnist, readMnistMini } from "./mnist.ts";
import type { DatasetName } from "./names.ts";

/** How to read each dataset that is known by name. */
export const NAMED_DATASETS: Readonly<Record<DatasetName, () => Promise<Splits<Split>>>> = {
  mnist: () => readMnist(),
  "mnist-mini": readMnistMini,
  "fashion-mnist": () => readFashionMnist(),
};
