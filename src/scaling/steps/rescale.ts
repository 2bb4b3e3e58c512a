import { UsageError } from "../../errors.ts";
import { formatNumber, NUMBER_PATTERN, parseNumber, plainDecimal } from "../number.ts";
import { plainText } from "./plain-text.ts";
import { byteCaution } from "./scale-caution.ts";
import type { AffineKind } from "./step-kind.ts";

/** `x · factor + offset`. Keras: the layer `Rescaling(factor, offset)`. */
export interface Linear<Kind extends string> {
  readonly kind: Kind;
  readonly factor: number;
  readonly offset: number;
}

/** FACTOR, FACTOR-OFFSET, or FACTOR+OFFSET with an OFFSET of any sign. */
const LINEAR = new RegExp(
  `^([+-]?${NUMBER_PATTERN})(?:\\+([+-]?${NUMBER_PATTERN})|(-${NUMBER_PATTERN}))?$`,
  "i",
);

export const rescale: AffineKind<Linear<"rescale">, Linear<"rescale">> = {
  ...linear("rescale"),
  syntax: "rescale=FACTOR[+OFFSET]",
  parse(value = "", subject) {
    const [, first = "", plus, minus] = LINEAR.exec(value.replaceAll(" ", "")) ?? [];
    const factor = parseNumber(first);
    const offset = parseNumber(plus ?? minus ?? "0");
    if (factor !== undefined && factor !== 0 && offset !== undefined) {
      // Adding 0 turns −0, which JSON cannot keep, into 0.
      return { kind: "rescale", factor, offset: offset + 0 };
    }
    const problem = `rescale needs a factor other than 0, and perhaps an offset (got "${value}")`;
    throw new UsageError(subject, problem, "write rescale=1/255, rescale=1/127.5-1 or rescale=2+0.5");
  },
  format({ factor, offset }) {
    const sign = offset > 0 ? "+" : "";
    return `rescale=${formatNumber(factor)}${offset === 0 ? "" : `${sign}${plainDecimal(offset)}`}`;
  },
};

/** Bytes to −1 … 1: x / 127.5 − 1. Keras: `preprocess_input` with mode "tf", `Rescaling(1/127.5, -1)`. */
export const symmetric: AffineKind<{ readonly kind: "symmetric" }, Linear<"symmetric">> = {
  ...linear("symmetric"),
  ...plainText("symmetric"),
  fit: () => ({ kind: "symmetric", factor: 1 / 127.5, offset: -1 }),
  cautionOnPixels: (_, train, isFirst) => byteCaution("symmetric", train, isFirst),
};

function linear<Kind extends string>(kind: Kind) {
  return {
    kind,
    form: "affine",
    statistics: "none",
    fit: (step: Linear<Kind>) => step,
    groups: () => 1,
    fold: ({ factor, offset }: Linear<Kind>, { shift, scale }: { shift: number; scale: number }) => ({
      shift: shift - offset / (scale * factor),
      scale: scale * factor,
    }),
    statisticsAfter: (
      { factor, offset }: Linear<Kind>,
      { mean, std }: { mean: Float64Array; std: Float64Array },
    ) => ({
      // Adding 0 turns −0, which JSON cannot keep, into 0.
      mean: mean.map((value) => value * factor + offset + 0),
      std: std.map((value) => value * Math.abs(factor)),
    }),
    describe: ({ factor, offset }: Linear<Kind>) =>
      `${kind}: factor ${formatNumber(factor)}, offset ${plainDecimal(offset)}`,
    toJson: ({ factor, offset }: Linear<Kind>) => ({ kind, factor, offset }),
    fromJson: (fields: { number(name: string): number }) => ({
      kind,
      factor: fields.number("factor"),
      offset: fields.number("offset"),
    }),
  } as const;
}
