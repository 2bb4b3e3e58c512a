import { decimal } from "../number.ts";
import type { StepFields } from "../steps/step-fields.ts";
import type { FitImages } from "../steps/step-kind.ts";
import type { StretchedDirections } from "./directions-stage.ts";
import { floatsFromText, floatsToText } from "./float-text.ts";
import { principalDirections } from "./principal-directions.ts";
import type { WhiteningSpec } from "./whitening-spec.ts";

/** Directions that a whitening keeps, strongest first. */
export interface FittedDirections extends StretchedDirections {
  /** Share of the training images' variance along them, 0 to 1. */
  readonly share: number;
  /** A bound of the relative error of the squared singular values; 0 if they are exact to rounding. */
  readonly error: number;
}

/** Stretches each direction by √n / (s + ε), with its singular value s: to a mean square of 1 over the n images. */
export function fitDirections(
  images: FitImages,
  mean: Float64Array,
  { epsilon, components }: WhiteningSpec,
  subject: string,
): FittedDirections {
  const found = principalDirections(images, mean, components, subject);
  const root = Math.sqrt(images.train.count);
  return {
    vectors: Float32Array.from(found.vectors),
    factors: found.squares.map((square) => root / (Math.sqrt(square) + epsilon)),
    share: found.share,
    error: found.error,
  };
}

/** For people, such as “50 components with 93.1 % of the variance, eigenvalues within 0.02 %”. */
export function describeDirections({ factors, share, error }: FittedDirections): string {
  const count = factors.length;
  const bound = error > 0 ? `, eigenvalues within ${Number((100 * error).toPrecision(1))} %` : "";
  return `${count} component${count === 1 ? "" : "s"} with ${decimal(100 * share, 1)} % of the variance${bound}`;
}

export function directionsToJson({ vectors, factors, share, error }: FittedDirections) {
  return { factors: [...factors], share, error, vectors: floatsToText(vectors) };
}

/** @throws PixscaleError if a field is missing or wrong */
export function directionsFromJson(fields: StepFields): FittedDirections {
  const factors = Float64Array.from(fields.list("factors"));
  if (factors.some((factor) => factor <= 0)) return fields.refuse(`must have "factors" above 0`);
  const size = fields.imageSize;
  const vectors = floatsFromText(fields.text("vectors"), factors.length * size);
  if (vectors === undefined) {
    return fields.refuse(`must have "vectors" of ${factors.length} × ${size} numbers`);
  }
  return { vectors, factors, share: fields.number("share"), error: fields.number("error") };
}
