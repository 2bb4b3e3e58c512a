import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import type { ConstantRule } from "../../scaling/steps/std.ts";
import type { ScalingStep } from "../../scaling/steps/step-kinds.ts";
import { constantOption } from "../options/constant.ts";
import { numbersOption } from "../options/kinds.ts";
import { requireFeaturewise, rescaled, samplewiseOption, scalingCommand } from "../scaling-command.ts";

/** `pixscale standardize`: what subtracting the mean and dividing by the standard deviation does to a dataset. */
export function standardizeCommand(): Command {
  return scalingCommand("standardize", (options) => rescaled(options.rescale, toStep(options)))
    .addOption(samplewiseOption())
    .addOption(numbersOption("--mean <numbers>", "subtract this instead: a number, or one a channel (1:2:3)"))
    .addOption(numbersOption("--std <numbers>", "and divide by this"))
    .addOption(constantOption());
}

interface StandardizeOptions {
  readonly samplewise?: boolean;
  readonly constant?: ConstantRule;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

function toStep({ samplewise, constant, mean, std }: StandardizeOptions): ScalingStep {
  if (mean === undefined && std === undefined) {
    return samplewise ? { kind: "samplewise-standardize" } : { kind: "standardize", constant };
  }
  requireFeaturewise(mean === undefined ? "--std" : "--mean", samplewise);
  if (mean === undefined || std === undefined || mean.length !== std.length) {
    throw new UsageError(
      "--mean",
      "needs as many numbers as --std",
      "give both, as in --mean 0.5 --std 0.25",
    );
  }
  if (!std.every((value) => value > 0)) {
    throw new UsageError("--std", "must be above 0", "use the deviations that the means belong to");
  }
  return { kind: "standardize", given: { mean, std } };
}
