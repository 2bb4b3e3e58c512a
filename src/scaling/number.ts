const UNSIGNED = "(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?";
const DECIMAL = new RegExp(`^[+-]?${UNSIGNED}$`, "i");

/** A number or fraction without a sign, as a part of regular expressions without groups. */
export const NUMBER_PATTERN = `${UNSIGNED}(?:/[+-]?${UNSIGNED})?`;

/**
 * Reads a decimal number or a fraction of two: `0.5`, `1e-3`, `1/255`.
 *
 * @returns undefined if the text is anything else or the value is not finite (`1/0`)
 */
export function parseNumber(text: string): number | undefined {
  const parts = text.split("/");
  if (parts.length > 2 || !parts.every((part) => DECIMAL.test(part))) return undefined;
  const [numerator, denominator = 1] = parts.map(Number);
  const value = numerator / denominator;
  return Number.isFinite(value) ? value : undefined;
}

/** The shortest of the decimal and the `1/n` form that `parseNumber` reads back to the same double. */
export function formatNumber(value: number): string {
  const decimal = plainDecimal(value);
  const fraction = `1/${plainDecimal(1 / value)}`;
  return fraction.length < decimal.length && parseNumber(fraction) === value ? fraction : decimal;
}

/** `1e21`, not `1e+21`: a plus sign would end the step in a scaling. */
export function plainDecimal(value: number): string {
  return String(value).replace("+", "");
}

/** A pixel value or statistic for people, rounded to `digits` decimals. */
export function decimal(value: number, digits = 3): string {
  const text = value.toFixed(digits);
  // A tiny negative mean is shown as zero.
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}
