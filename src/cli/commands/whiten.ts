import type { Command } from "commander";
import { DEFAULT_EPSILON } from "../../scaling/whitening/whitening-spec.ts";
import { integerOption, numberOption } from "../options/kinds.ts";
import { rescaled, scalingCommand } from "../scaling-command.ts";

/** `pixscale whiten`: what ZCA whitening does to a dataset. */
export function whitenCommand(): Command {
  return scalingCommand("whiten", ({ epsilon = DEFAULT_EPSILON, components, rescale }) =>
    rescaled(rescale, { kind: "zca", epsilon, ...(components !== undefined && { components }) }),
  )
    .addOption(numberOption("--epsilon <n>", "added to the singular values (default: 1e-6)", { least: 0 }))
    .addOption(integerOption("--components <n>", "keep the strongest directions only (default: all)"));
}
