import { PixscaleError } from "../../errors.ts";

/** The names of the four files of a dataset, without `.gz`. */
export interface IdxNames {
  readonly images: Readonly<Record<"train" | "test", readonly string[]>>;
  readonly labels: Readonly<Record<"train" | "test", readonly string[]>>;
  /** Whether the images are stored column by column, as EMNIST's are. */
  readonly isTransposed: boolean;
  /** Whether the first class is 1, as in EMNIST's letters. */
  readonly isFromOne: boolean;
  /** File of the characters that the classes stand for, as EMNIST has it. */
  readonly mapping: string | undefined;
}

const IMAGE_RANKS = [3, 4];
const MNIST_NAME = /^(train|t10k)-(images|labels)[-.]idx\d/;
const EMNIST_NAME = /^emnist-([a-z]+)-(train|test)-(images|labels)-idx\d-ubyte(\.gz)?$/;
const QMNIST_NAME = /^qmnist-(train|test)-(images|labels)-idx\d-(ubyte|int)(\.gz)?$/;

/** MNIST's names, which Fashion-MNIST and KMNIST have too. */
export const MNIST_NAMES: IdxNames = {
  images: { train: usual("train-images", IMAGE_RANKS), test: usual("t10k-images", IMAGE_RANKS) },
  labels: { train: usual("train-labels", [1]), test: usual("t10k-labels", [1]) },
  isTransposed: false,
  isFromOne: false,
  mapping: undefined,
};

function usual(stem: string, ranks: readonly number[]): readonly string[] {
  return ranks.flatMap((rank) => [`${stem}-idx${rank}-ubyte`, `${stem}.idx${rank}-ubyte`]);
}

/** Whether these are files of such a dataset. */
export function areIdxNames(names: readonly string[]): boolean {
  return names.some((name) => [MNIST_NAME, EMNIST_NAME, QMNIST_NAME].some((known) => known.test(name)));
}

/**
 * The names of the dataset's files, by those that are there.
 *
 * @throws PixscaleError if there are those of several datasets
 */
export function idxNames(folder: string, names: readonly string[]): IdxNames {
  const variants = new Set(names.flatMap((name) => EMNIST_NAME.exec(name)?.[1] ?? []));
  const isQmnist = names.some((name) => QMNIST_NAME.test(name));
  const found = [...variants].map((variant) => `emnist-${variant}`);
  if (isQmnist) found.push("qmnist");
  if (names.some((name) => MNIST_NAME.test(name))) found.push("mnist");
  if (found.length > 1) {
    const problem = `files of several datasets: ${found.join(", ")}`;
    throw new PixscaleError(folder, problem, "put each into a folder of its own");
  }
  const [variant] = variants;
  if (variant !== undefined) return emnist(`emnist-${variant}`);
  return isQmnist ? QMNIST_NAMES : MNIST_NAMES;
}

function emnist(stem: string): IdxNames {
  const of = (split: string, what: string, rank: number) => [`${stem}-${split}-${what}-idx${rank}-ubyte`];
  return {
    images: { train: of("train", "images", 3), test: of("test", "images", 3) },
    labels: { train: of("train", "labels", 1), test: of("test", "labels", 1) },
    isTransposed: true,
    isFromOne: stem === "emnist-letters",
    mapping: `${stem}-mapping.txt`,
  };
}

/** Each label is a row of integers, of which the first is the class. */
const QMNIST_NAMES: IdxNames = {
  images: { train: ["qmnist-train-images-idx3-ubyte"], test: ["qmnist-test-images-idx3-ubyte"] },
  labels: { train: ["qmnist-train-labels-idx2-int"], test: ["qmnist-test-labels-idx2-int"] },
  isTransposed: false,
  isFromOne: false,
  mapping: undefined,
};
