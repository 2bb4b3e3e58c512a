import type { Command } from "commander";
import { scalingCommand } from "../scaling-command.ts";

/** `pixscale normalize`: what multiplying by a factor does to a dataset. */
export function normalizeCommand(): Command {
  return scalingCommand("normalize", ({ rescale = 1 / 255 }) => [{ kind: "normalize", factor: rescale }]);
}
