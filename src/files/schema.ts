import * as v from "valibot";
import { oneLine, PixscaleError } from "../errors.ts";

/** A fraction, such as an accuracy. */
export const part = () => v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** A finite number of at least 0, such as a loss. */
export const amount = () => v.pipe(v.number(), v.finite(), v.minValue(0));
/** A whole number of at least `least`. */
export const whole = (least = 0) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
/** A SHA-256 in hexadecimal. */
export const hash = () => v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/**
 * Checks a parsed document against a schema.
 *
 * @param path the file, for the error
 * @throws PixscaleError naming the first field that is wrong
 */
export function requireSchema<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
  { path, what, remedy }: { readonly path: string; readonly what: string; readonly remedy: string },
): v.InferOutput<Schema> {
  const found = v.safeParse(schema, json, { abortEarly: true });
  if (found.success) return found.output;
  const [issue] = found.issues;
  const place = v.getDotPath(issue);
  const problem = `not ${what}: ${place === null ? "it" : oneLine(place)} ${problemOf(issue)}`;
  throw new PixscaleError(path, problem, remedy);
}

function problemOf({ kind, type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (received === "undefined") return "is missing";
  if (kind === "schema" || expected !== null)
    return `must be ${oneLine(expected ?? type)} (got ${oneLine(received)})`;
  return `is ${oneLine(message)}`;
}
