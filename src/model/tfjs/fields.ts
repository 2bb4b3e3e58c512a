/** A JSON object. */
export type Json = { readonly [key: string]: unknown };

/** A field of a JSON value; undefined if the value is no object or has no such field. */
export function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Json)[key] : undefined;
}

/** Whether a JSON value can be a dimension: a whole number, 1 or more. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
