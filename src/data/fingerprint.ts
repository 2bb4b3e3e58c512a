import { createHash } from "node:crypto";
import { bytesOf } from "../files/hash.ts";
import { type Dataset, type ImageSplit, pixelType } from "./dataset.ts";
import { inPieces } from "./stored-split.ts";

const ARRAY_NAMES = { uint8: "Uint8Array", uint16: "Uint16Array", float32: "Float32Array" } as const;

/** SHA-256 of the shapes, pixels and labels of all splits, in hexadecimal. The order of the images matters. */
export function datasetFingerprint(dataset: Pick<Dataset, "train" | "test" | "validation">): string {
  const { train, test, validation } = dataset;
  const hash = createHash("sha256");
  const splits: ImageSplit[] = [train, test, ...(validation ? [validation] : [])];
  for (const split of splits) {
    const { height, width, channels } = split.shape;
    hash.update(`${ARRAY_NAMES[pixelType(split)]} ${split.count} ${height} ${width} ${channels}\n`);
    for (const { pixels } of inPieces(split)) hash.update(bytesOf(pixels));
    hash.update(split.labels);
  }
  return hash.digest("hex");
}
