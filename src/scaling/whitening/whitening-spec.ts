import { type ImageShape, imageSize } from "../../data/dataset.ts";
import { PixscaleError, UsageError } from "../../errors.ts";
import { formatNumber, parseNumber } from "../number.ts";
import { MAX_SIDE } from "./principal-directions.ts";

/** How much a whitening stretches, and how many directions it keeps. */
export interface WhiteningSpec {
  /** Added to the singular values. */
  readonly epsilon: number;
  /** The strongest directions, the others become 0; all if missing. */
  readonly components?: number;
}

/** Keras' `zca_epsilon`. */
export const DEFAULT_EPSILON = 1e-6;

/** Reads `EPSILON`, `EPSILON:COMPONENTS` or `:COMPONENTS`. @throws UsageError if it is none of these */
export function parseWhitening(value: string | undefined, kind: string, subject: string): WhiteningSpec {
  if (value === undefined) return { epsilon: DEFAULT_EPSILON };
  const [first, ...rest] = value.split(":");
  const epsilon = first === "" && rest.length > 0 ? DEFAULT_EPSILON : parseNumber(first);
  if (epsilon === undefined || epsilon < 0) {
    const problem = `the epsilon of ${kind} must be a number, 0 or more (got "${value}")`;
    throw new UsageError(subject, problem, "use a number such as 1e-6");
  }
  if (rest.length === 0) return { epsilon };
  const components = rest.length === 1 && /^\d+$/.test(rest[0]) ? Number(rest[0]) : 0;
  if (components >= 1) return { epsilon, components };
  const problem = `the components of ${kind} must be a whole number, 1 or more (got "${rest.join(":")}")`;
  throw new UsageError(subject, problem, `use a number such as ${kind}=1e-6:100`);
}

/** The text that `parseWhitening` reads back, after the kind. */
export function formatWhitening(kind: string, { epsilon, components }: WhiteningSpec): string {
  const stretch = epsilon === DEFAULT_EPSILON ? "" : formatNumber(epsilon);
  const kept = components === undefined ? "" : `:${components}`;
  return stretch + kept === "" ? kind : `${kind}=${stretch}${kept}`;
}

/** @throws PixscaleError if images have too many values to be whitened in all directions, or too few for the components */
export function requireWhitenable(kind: string, shape: ImageShape, { components }: WhiteningSpec): void {
  const size = imageSize(shape);
  const images = `images of ${shape.height}×${shape.width}×${shape.channels} have ${size} values`;
  if (components === undefined && size > MAX_SIDE) {
    const problem = `${images}, more than the ${MAX_SIDE} that can be whitened in all directions`;
    throw new PixscaleError(kind, problem, `keep the strongest, as in ${kind}=:100, or use smaller images`);
  }
  if (components !== undefined && components > Math.min(size, MAX_SIDE)) {
    const problem = `${components} components are too many: ${images}`;
    throw new PixscaleError(kind, problem, `use at most ${Math.min(size, MAX_SIDE)}`);
  }
}
