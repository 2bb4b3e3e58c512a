import { basename } from "node:path";
import { PixscaleError } from "../errors.ts";

/** A kind of data that is known but not read. */
interface Refused {
  readonly name: RegExp;
  readonly problem: string;
  readonly remedy: string;
}

const TO_NPZ = 'numpy.savez("data.npz", x_train=…, y_train=…, x_test=…, y_test=…)';

/** By file name. */
const REFUSED: readonly Refused[] = [
  {
    name: /\.(tfrecords?|tfrec)(\.gz)?(-\d+-of-\d+)?$/i,
    problem: "TFRecord, which is not read",
    remedy: `convert it: x_train, y_train = tfds.as_numpy(tfds.load(NAME, split="train", batch_size=-1, as_supervised=True)), and ${TO_NPZ}`,
  },
  {
    name: /\.arrow$/i,
    problem: "an Arrow file of a Hugging Face dataset, which is not read",
    remedy:
      'convert the dataset to Parquet: datasets.load_from_disk(FOLDER)["train"].to_parquet("train.parquet")',
  },
  {
    name: /\.(pt|pth)$/i,
    problem: "a PyTorch file, which can run code and is not read",
    remedy: `convert it with torch.load and ${TO_NPZ}`,
  },
  {
    name: /\.(pkl|pickle|p|joblib|dill)$/i,
    problem: "a Python pickle, which can run code and is not read (CIFAR's are)",
    remedy: `convert it with ${TO_NPZ}`,
  },
  {
    name: /\.(lmdb|mdb)$/i,
    problem: "an LMDB database, which is not read",
    remedy: "export its images to a folder with a subfolder for each class",
  },
  {
    name: /\.(rar|7z)$/i,
    problem: "an archive of a kind that is not read",
    remedy: "unpack it with 7z x, and use the folder",
  },
];

/** Why data of this name are not read, and what to do; undefined for any other name. */
export function refusal(fileName: string): Pick<Refused, "problem" | "remedy"> | undefined {
  return REFUSED.find(({ name }) => name.test(fileName));
}

/** @throws PixscaleError if one of these is the name of a file that is known but not read */
export function refuseKnown(path: string, fileNames: readonly string[]): void {
  for (const name of fileNames) {
    const refused = refusal(name);
    if (refused === undefined) continue;
    const problem = name === basename(path) ? refused.problem : `"${name}" is ${refused.problem}`;
    throw new PixscaleError(path, problem, refused.remedy);
  }
}

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** Nothing is ever downloaded. @throws PixscaleError if a path is a URL, with the command that downloads it */
export function refuseUrl(path: string): void {
  const scheme = SCHEME.exec(path)?.[1].toLowerCase();
  if (scheme === undefined) return;
  throw new PixscaleError(
    "dataset",
    `"${path}" is a URL, and nothing is downloaded`,
    scheme === "file"
      ? `use the path ${path.replace(SCHEME, "")}`
      : `download it first: ${downloadCommand(scheme, path)}`,
  );
}

function downloadCommand(scheme: string, url: string): string {
  const hub = /^(?:hf:\/\/|https?:\/\/(?:www\.)?huggingface\.co\/)datasets\/([^/]+\/[^/@?#]+)/.exec(url);
  if (hub !== null && !url.includes("/resolve/")) {
    return `hf download ${hub[1]} --repo-type dataset --local-dir data`;
  }
  if (scheme === "s3") return url.endsWith("/") ? `aws s3 sync ${url} data` : `aws s3 cp ${url} .`;
  if (scheme === "gs") return `gcloud storage cp -r ${url} .`;
  return `curl -LO ${url}`;
}
