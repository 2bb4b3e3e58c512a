import type { ImageShape } from "../../data/dataset.ts";
import { setting, UsageError } from "../../errors.ts";
import { parseNumber, plainDecimal } from "../number.ts";

/** Numbers or fractions joined by ":", one a channel. @returns undefined if one of them is neither */
export function parseNumbers(text: string): number[] | undefined {
  const numbers = text.split(":").map(parseNumber);
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

/** Decimals that `parseNumbers` reads back to the same doubles. */
export function formatNumbers(values: readonly number[]): string {
  return values.map(plainDecimal).join(":");
}

/**
 * Reads two lists of the same length joined by "/". As the values may be fractions, too, the "/" in the middle is the one that
 * divides: `1/2/1/4` is 1/2 and 1/4. One fraction beside the middle "/" (`1/2/4`) would have two readings and is refused.
 *
 * @returns undefined if the text is anything else
 */
export function parseNumberPair(text: string): [number[], number[]] | undefined {
  const tokens = text.split(":");
  const middle = (tokens.length - 1) / 2;
  const parts = tokens[middle]?.split("/") ?? [];
  if (parts.length !== 2 && parts.length !== 4) return undefined;
  const half = parts.length / 2;
  const first = parseNumbers([...tokens.slice(0, middle), parts.slice(0, half).join("/")].join(":"));
  const second = parseNumbers([parts.slice(half).join("/"), ...tokens.slice(middle + 1)].join(":"));
  return first && second && [first, second];
}

/** @throws UsageError unless there is one number, or one for each channel of the images */
export function requireChannels(
  step: string,
  what: string,
  values: ArrayLike<number>,
  { channels }: ImageShape,
): void {
  if (values.length === 1 || values.length === channels) return;
  throw new UsageError(
    setting("scaling"),
    `${step} has ${values.length} ${what}, and the images have ${channels} channel${channels === 1 ? "" : "s"}`,
    "give one number, or one for each channel",
  );
}
