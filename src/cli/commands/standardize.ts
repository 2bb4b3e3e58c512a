import type { Command } from "commander";
import { rescaled, samplewiseOption, scalingCommand } from "../scaling-command.ts";

/** `pixscale standardize`: what subtracting the mean and dividing by the standard deviation does to a dataset. */
export function standardizeCommand(): Command {
  const description = "subtract the mean and divide by the standard deviation of the training split";
  return scalingCommand("standardize", description, ({ samplewise, rescale }) =>
    rescaled(rescale, { kind: samplewise ? "samplewise-standardize" : "standardize" }),
  ).addOption(samplewiseOption());
}
