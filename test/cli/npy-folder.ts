import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { npyHeader } from "../../src/data/numpy/npy.ts";
import { temporaryFolder } from "./run.ts";

/** A folder of four .npy files, the test images the same as the training ones, with the classes in turn. */
export function npyFolder(
  pixels: Float32Array | Uint16Array | Uint8Array,
  [count, ...shape]: readonly number[],
  classes = 2,
): string {
  const folder = temporaryFolder();
  const dtype = pixels instanceof Uint8Array ? "|u1" : pixels instanceof Uint16Array ? "<u2" : "<f4";
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
  for (const split of ["train", "test"]) {
    const images = [npyHeader(dtype, [count, ...shape]), new Uint8Array(pixels.buffer)];
    writeFileSync(join(folder, `x_${split}.npy`), Buffer.concat(images));
    writeFileSync(join(folder, `y_${split}.npy`), Buffer.concat([npyHeader("|u1", [count]), labels]));
  }
  return folder;
}

/** As many images as values, so that whitening takes long to fit on any machine. */
export function slowToWhiten(): string {
  const size = 64 * 64;
  return npyFolder(
    Uint8Array.from({ length: size * size }, (_, i) => (i * 31 + (i >> 7)) % 251),
    [size, 64, 64],
  );
}
