/** A count in a few letters: "1.23M". */
export function compact(value: number): string {
  return value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
}

/** A value of an axis: four significant digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
