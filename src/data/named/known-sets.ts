import { stat } from "node:fs/promises";
import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";

/** A public dataset that is found by name in `$PIXSCALE_DATA`. */
export interface KnownSet {
  readonly name: string;
  /** Files or folders in `$PIXSCALE_DATA` that may hold it, beside one of its own name. */
  readonly places: readonly string[];
  /** How to get it. */
  readonly source: string;
}

const CIFAR = "https://www.cs.toronto.edu/~kriz/cifar.html";
const MEDMNIST = "https://medmnist.com (npz files)";
const EMNIST =
  "https://www.nist.gov/itl/products-and-services/emnist-dataset (four IDX files in a folder of that name)";
const MEDMNIST_SETS = [
  "pathmnist",
  "dermamnist",
  "octmnist",
  "pneumoniamnist",
  "retinamnist",
  "breastmnist",
  "bloodmnist",
  "tissuemnist",
  "organamnist",
  "organcmnist",
  "organsmnist",
];
const EMNIST_SETS = ["balanced", "byclass", "bymerge", "digits", "letters", "mnist"];

/** The usual public sets, by name. */
export const KNOWN_SETS: readonly KnownSet[] = [
  {
    name: "cifar10",
    places: ["cifar-10-batches-py", "cifar-10-batches-bin", "cifar10.npz"],
    source: `${CIFAR} (Python or binary version)`,
  },
  {
    name: "cifar100",
    places: ["cifar-100-python", "cifar-100-binary"],
    source: `${CIFAR} (Python or binary version)`,
  },
  {
    name: "svhn",
    places: ["SVHN"],
    source: "http://ufldl.stanford.edu/housenumbers (train_32x32.mat, test_32x32.mat)",
  },
  {
    name: "stl10",
    places: ["stl10_binary"],
    source: "https://cs.stanford.edu/~acoates/stl10 (binary files)",
  },
  { name: "kmnist", places: ["KMNIST"], source: "https://github.com/rois-codh/kmnist (IDX or npz files)" },
  { name: "qmnist", places: ["QMNIST"], source: "https://github.com/facebookresearch/qmnist" },
  ...EMNIST_SETS.map((set) => ({
    name: `emnist-${set}`,
    places: [],
    source: EMNIST,
  })),
  ...MEDMNIST_SETS.map((set) => ({
    name: `medmnist/${set}`,
    places: [`${set}.npz`, `medmnist/${set}.npz`],
    source: MEDMNIST,
  })),
];

/** The folder that holds named datasets; undefined if the variable is not set. */
export function dataFolder(): string | undefined {
  return process.env.PIXSCALE_DATA || undefined;
}

/** Where a known set is; undefined if it is not found. */
export async function findKnownSet({ name, places }: KnownSet): Promise<string | undefined> {
  const folder = dataFolder();
  if (folder === undefined) return undefined;
  for (const place of [name, ...places]) {
    const path = join(folder, place);
    if (await stat(path).catch(() => undefined)) return path;
  }
  return undefined;
}

/** Where a known set is. @throws PixscaleError if it is not found, saying how to get it */
export async function requireKnownSet(set: KnownSet): Promise<string> {
  const path = await findKnownSet(set);
  if (path !== undefined) return path;
  const folder = dataFolder();
  const problem = folder === undefined ? "not found, as PIXSCALE_DATA is not set" : `not found in ${folder}`;
  const place = folder === undefined ? "a folder, and set PIXSCALE_DATA to it" : folder;
  throw new PixscaleError(set.name, problem, `download it from ${set.source} into ${place}`);
}
