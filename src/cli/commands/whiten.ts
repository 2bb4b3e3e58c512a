import type { Command } from "commander";
import { DEFAULT_ZCA_EPSILON } from "../../scaling/steps/zca.ts";
import { numberOption } from "../options/kinds.ts";
import { rescaled, scalingCommand } from "../scaling-command.ts";

/** `pixscale whiten`: what ZCA whitening does to a dataset. */
export function whitenCommand(): Command {
  return scalingCommand("whiten", ({ epsilon = DEFAULT_ZCA_EPSILON, rescale }) =>
    rescaled(rescale, { kind: "zca", epsilon }),
  ).addOption(numberOption("--epsilon <n>", "added to the singular values (default: 1e-6)", { least: 0 }));
}
