import type { Command } from "commander";
import { rescaled, samplewiseOption, scalingCommand } from "../scaling-command.ts";

/** `pixscale center`: what subtracting the mean does to a dataset. */
export function centerCommand(): Command {
  const description = "subtract the mean of the training split";
  return scalingCommand("center", description, ({ samplewise, rescale }) =>
    rescaled(rescale, { kind: samplewise ? "samplewise-center" : "center" }),
  ).addOption(samplewiseOption());
}
