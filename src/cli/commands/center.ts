import type { Command } from "commander";
import { rescaled, samplewiseOption, scalingCommand } from "../scaling-command.ts";

/** `pixscale center`: what subtracting the mean does to a dataset. */
export function centerCommand(): Command {
  return scalingCommand("center", ({ samplewise, rescale }) =>
    rescaled(rescale, { kind: samplewise ? "samplewise-center" : "center" }),
  ).addOption(samplewiseOption());
}
