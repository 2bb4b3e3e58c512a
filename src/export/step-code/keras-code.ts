import type { SamplewiseFormula, StepFormula } from "../../scaling/steps/step-formula.ts";

/** Statements that change `x`, images [batch, height, width, channels], with `from keras import ops`. */
export function kerasCode(formula: StepFormula): string[] {
  switch (formula.op) {
    case "affine":
      return [`x = (x - ${array(formula.mean)}) / ${array(formula.std)}`];
    case "reverse":
      return ["x = ops.flip(x, axis=-1)"];
    case "clip":
      return [`x = ops.minimum(ops.maximum(x, ${array(formula.low)}), ${array(formula.high)})`];
    case "power":
      return [`x = ops.sign(x) * ops.abs(x) ** ${formula.exponent}`];
    case "log1p":
      return ["x = ops.sign(x) * ops.log1p(ops.abs(x))"];
    case "samplewise":
      return samplewise(
        formula,
        formula.perChannel ? "axis=(1, 2), keepdims=True" : "axis=(1, 2, 3), keepdims=True",
      );
  }
}

function samplewise({ shift, divisor }: SamplewiseFormula, over: string): string[] {
  const lines = [`low, high = ops.min(x, ${over}), ops.max(x, ${over})`];
  lines.push(`shifted = x${{ mean: ` - ops.mean(x, ${over})`, low: " - low", zero: "" }[shift]}`);
  switch (divisor.by) {
    case "one":
      return [...lines, "x = ops.where(high > low, shifted, 0.0)"];
    case "std":
      lines.push(`divisor = ops.std(x, ${over}) + ${divisor.epsilon}`);
      break;
    case "range":
      lines.push("divisor = high - low");
      break;
    case "norm":
      lines.push(
        `divisor = ops.sqrt(${divisor.bias} + ops.sum(shifted**2, ${over})) / ${divisor.scale}`,
        `divisor = ops.where(divisor < ${divisor.least}, 1.0, divisor)`,
      );
  }
  return [...lines, "x = ops.where(high > low, shifted / divisor, 0.0)"];
}

function array(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : `ops.array([${values.join(", ")}], "float32")`;
}
