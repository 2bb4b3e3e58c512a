import type { Command } from "commander";
import type { ScalingStep } from "../../scaling/steps/step-kinds.ts";
import { numbersOption } from "../options/kinds.ts";
import { requireFeaturewise, rescaled, samplewiseOption, scalingCommand } from "../scaling-command.ts";

/** `pixscale center`: what subtracting the mean does to a dataset. */
export function centerCommand(): Command {
  return scalingCommand("center", ({ samplewise, rescale, mean }) =>
    rescaled(rescale, toStep(samplewise, mean)),
  )
    .addOption(samplewiseOption())
    .addOption(
      numbersOption("--mean <numbers>", "subtract this instead: a number, or one a channel (1:2:3)"),
    );
}

function toStep(samplewise: boolean | undefined, mean: readonly number[] | undefined): ScalingStep {
  if (mean === undefined) return { kind: samplewise ? "samplewise-center" : "center" };
  requireFeaturewise("--mean", samplewise);
  return { kind: "center", given: { mean } };
}
