import { type ImageSplit, pixelType } from "../../data/dataset.ts";

/** Published means are mostly for pixels from 0 to 1: what users should know who give them for bytes. */
export function scaleCaution(mean: readonly number[], train: ImageSplit): string | undefined {
  const isForUnit = mean.some((value) => value !== 0) && mean.every((value) => Math.abs(value) <= 1);
  if (pixelType(train) !== "uint8" || !isForUnit) return undefined;
  return "means up to 1 are for pixels from 0 to 1, and these go up to 255; put normalize first";
}

/** What users should know of a step for bytes that gets something else. */
export function byteCaution(step: string, train: ImageSplit, isFirst: boolean): string | undefined {
  if (isFirst && pixelType(train) === "uint8") return undefined;
  const found = isFirst ? "these are no bytes" : "earlier steps have changed them";
  return `${step} is for pixels from 0 to 255, and ${found}`;
}
