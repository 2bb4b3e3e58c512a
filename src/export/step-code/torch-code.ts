import type { SamplewiseFormula, StepFormula } from "../../scaling/steps/step-formula.ts";

/** Statements that change `x`, an image [channels, height, width] or a batch of such, with `import torch`. */
export function torchCode(formula: StepFormula): string[] {
  switch (formula.op) {
    case "affine":
      return [`x = (x - ${tensor(formula.mean)}) / ${tensor(formula.std)}`];
    case "reverse":
      return ["x = x.flip(-3)"];
    case "clip":
      return formula.low.length === 1
        ? [`x = x.clamp(${formula.low[0]}, ${formula.high[0]})`]
        : [`x = x.clamp(${tensor(formula.low)}, ${tensor(formula.high)})`];
    case "power":
      return [`x = x.sign() * x.abs() ** ${formula.exponent}`];
    case "log1p":
      return ["x = x.sign() * x.abs().log1p()"];
    case "samplewise":
      return samplewise(
        formula,
        formula.perChannel ? "dim=(-2, -1), keepdim=True" : "dim=(-3, -2, -1), keepdim=True",
      );
  }
}

function samplewise({ shift, divisor }: SamplewiseFormula, over: string): string[] {
  const lines = [`low, high = x.amin(${over}), x.amax(${over})`];
  lines.push(`shifted = x${{ mean: ` - x.mean(${over})`, low: " - low", zero: "" }[shift]}`);
  switch (divisor.by) {
    case "one":
      return [...lines, "x = torch.where(high > low, shifted, 0.0)"];
    case "std":
      lines.push(`divisor = x.std(correction=0, ${over}) + ${divisor.epsilon}`);
      break;
    case "range":
      lines.push("divisor = high - low");
      break;
    case "norm":
      lines.push(
        `divisor = (${divisor.bias} + (shifted**2).sum(${over})).sqrt() / ${divisor.scale}`,
        `divisor = torch.where(divisor < ${divisor.least}, 1.0, divisor)`,
      );
  }
  return [...lines, "x = torch.where(high > low, shifted / divisor, 0.0)"];
}

function tensor(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : `torch.tensor([${values.join(", ")}]).view(-1, 1, 1)`;
}
