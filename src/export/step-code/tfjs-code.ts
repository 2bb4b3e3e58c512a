import type { SamplewiseFormula, StepFormula } from "../../scaling/steps/step-formula.ts";

/**
 * A block of statements that changes `x`, images [batch, height, width, channels], with `tf` imported; each step has a block of its
 * own, as they use the same names.
 */
export function tfjsCode(formula: StepFormula): string[] {
  switch (formula.op) {
    case "affine":
      return [`x = x.sub(${tensor(formula.mean)}).div(${tensor(formula.std)});`];
    case "reverse":
      return ["x = x.reverse(-1);"];
    case "clip":
      return [`x = x.maximum(${tensor(formula.low)}).minimum(${tensor(formula.high)});`];
    case "power":
      return [`x = x.sign().mul(x.abs().pow(${formula.exponent}));`];
    case "log1p":
      return ["x = x.sign().mul(x.abs().log1p());"];
    case "samplewise":
      return [
        "{",
        ...samplewise(formula, formula.perChannel ? "[1, 2]" : "[1, 2, 3]").map((line) => `  ${line}`),
        "}",
      ];
  }
}

function samplewise({ shift, divisor }: SamplewiseFormula, axes: string): string[] {
  const lines = [`const [low, high] = [x.min(${axes}, true), x.max(${axes}, true)];`];
  lines.push(
    `const shifted = x${{ mean: `.sub(x.mean(${axes}, true))`, low: ".sub(low)", zero: "" }[shift]};`,
  );
  const choose = (value: string) => `x = tf.where(high.greater(low), ${value}, tf.zerosLike(x));`;
  switch (divisor.by) {
    case "one":
      return [...lines, choose("shifted")];
    case "std":
      lines.push(`const divisor = tf.moments(x, ${axes}, true).variance.sqrt().add(${divisor.epsilon});`);
      break;
    case "range":
      lines.push("const divisor = high.sub(low);");
      break;
    case "norm":
      lines.push(
        `const norm = shifted.square().sum(${axes}, true).add(${divisor.bias}).sqrt().div(${divisor.scale});`,
        `const divisor = tf.where(norm.less(${divisor.least}), tf.onesLike(norm), norm);`,
      );
  }
  return [...lines, choose("shifted.div(divisor)")];
}

function tensor(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : `tf.tensor1d([${values.join(", ")}])`;
}
