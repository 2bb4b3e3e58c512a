import { createHash } from "node:crypto";
import { bytesOf } from "../files/hash.ts";
import type { Dataset, Split } from "./dataset.ts";

/** SHA-256 of the shapes, pixels and labels of all splits, in hexadecimal. The order of the images matters. */
export function datasetFingerprint(dataset: Pick<Dataset, "train" | "test" | "validation">): string {
  const { train, test, validation } = dataset;
  const hash = createHash("sha256");
  for (const { pixels, labels, count, shape } of [
    train,
    test,
    ...(validation ? [validation] : []),
  ] satisfies Split[]) {
    const { height, width, channels } = shape;
    hash.update(`${pixels.constructor.name} ${count} ${height} ${width} ${channels}\n`);
    hash.update(bytesOf(pixels));
    hash.update(labels);
  }
  return hash.digest("hex");
}
