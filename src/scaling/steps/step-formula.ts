/** What a fitted step computes, for code in other libraries. Lists have one number, or one a channel. */
export type StepFormula =
  /** (x − mean) / std */
  | { readonly op: "affine"; readonly mean: readonly number[]; readonly std: readonly number[] }
  /** The channels in the opposite order. */
  | { readonly op: "reverse" }
  | { readonly op: "clip"; readonly low: readonly number[]; readonly high: readonly number[] }
  /** sign(x) · |x| to the power of the exponent */
  | { readonly op: "power"; readonly exponent: number }
  /** sign(x) · ln(1 + |x|) */
  | { readonly op: "log1p" }
  | ({ readonly op: "samplewise"; readonly perChannel: boolean } & SamplewiseFormula);

/** (x − shift) / divisor, from the values of one image or channel; 0 if they are all the same. */
export interface SamplewiseFormula {
  readonly shift: "mean" | "low" | "zero";
  readonly divisor:
    | { readonly by: "one" }
    /** The standard deviation + epsilon. */
    | { readonly by: "std"; readonly epsilon: number }
    /** Largest minus smallest value. */
    | { readonly by: "range" }
    /** √(bias + Σ(x − shift)²) / scale; 1 if that is below `least`. */
    | { readonly by: "norm"; readonly scale: number; readonly bias: number; readonly least: number };
}
