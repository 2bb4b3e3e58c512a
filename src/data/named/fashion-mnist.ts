import { existsSync } from "node:fs";
import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import type { Split, Splits } from "../dataset.ts";
import { readIdxFolder } from "../idx/idx-folder.ts";

/** Debian's package `dataset-fashion-mnist` installs its files here. */
const DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist";

/** Where Fashion-MNIST should be. */
export function fashionMnistFolder(
  data: string | undefined = process.env.PIXSCALE_DATA,
  debianFolder: string = DEBIAN_FOLDER,
): string {
  return data ? join(data, "fashion-mnist") : debianFolder;
}

/**
 * Reads Fashion-MNIST (60,000 + 10,000 images): from the folder `fashion-mnist` in `$PIXSCALE_DATA` if that is set, else
 * from Debian's package.
 *
 * @throws PixscaleError if the folder does not exist or a file is bad
 */
export async function readFashionMnist(
  data: string | undefined = process.env.PIXSCALE_DATA,
  debianFolder: string = DEBIAN_FOLDER,
): Promise<Splits<Split>> {
  const folder = fashionMnistFolder(data, debianFolder);
  if (existsSync(folder)) return readIdxFolder(folder);
  throw new PixscaleError(
    "fashion-mnist",
    `not found in "${folder}"`,
    "install Debian's dataset-fashion-mnist, or put its four files in a folder fashion-mnist and set PIXSCALE_DATA to the folder that contains it",
  );
}
