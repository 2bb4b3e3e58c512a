import { createHash } from "node:crypto";
import type { Dataset, Split } from "./dataset.ts";

/** SHA-256, in hexadecimal, of both splits' shapes, pixels and labels: equal only for the same images in the same order. */
export function datasetFingerprint({ train, test }: Pick<Dataset, "train" | "test">): string {
  const hash = createHash("sha256");
  for (const { pixels, labels, count, shape } of [train, test] satisfies Split[]) {
    const { height, width, channels } = shape;
    hash.update(`${pixels.constructor.name} ${count} ${height} ${width} ${channels}\n`);
    hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
    hash.update(labels);
  }
  return hash.digest("hex");
}
