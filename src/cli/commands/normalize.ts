import type { Command } from "commander";
import { numberOption } from "../options/kinds.ts";
import { scalingCommand } from "../scaling-command.ts";

/** `pixscale normalize`: what multiplying by a factor does to a dataset. */
export function normalizeCommand(): Command {
  return scalingCommand("normalize", ({ rescale = 1 / 255, offset }) => [
    offset === undefined
      ? { kind: "normalize", factor: rescale }
      : { kind: "rescale", factor: rescale, offset },
  ]).addOption(numberOption("--offset <n>", "add this afterwards, as in --rescale 1/127.5 --offset -1"));
}
