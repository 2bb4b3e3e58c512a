import type { Command } from "commander";
import { constantOption } from "../options/constant.ts";
import { rescaled, samplewiseOption, scalingCommand } from "../scaling-command.ts";

/** `pixscale standardize`: what subtracting the mean and dividing by the standard deviation does to a dataset. */
export function standardizeCommand(): Command {
  return scalingCommand("standardize", ({ samplewise, rescale, constant }) =>
    rescaled(rescale, samplewise ? { kind: "samplewise-standardize" } : { kind: "standardize", constant }),
  )
    .addOption(samplewiseOption())
    .addOption(constantOption());
}
