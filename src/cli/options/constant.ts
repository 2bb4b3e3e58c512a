import type { Command } from "commander";
import { setting, UsageError } from "../../errors.ts";
import { formatScaling, parseScaling, withConstantRule } from "../../scaling/parse.ts";
import { CONSTANT_RULES, type ConstantRule } from "../../scaling/steps/std.ts";
import { choiceOption } from "./kinds.ts";

/** `--constant`: what values are divided by that never vary on train. */
export const constantOption = () =>
  choiceOption(
    "--constant <rule>",
    "divide values that never vary on train by 1, or by 1e-6 as Keras",
    CONSTANT_RULES,
  ).default("one");

/**
 * Adds `--constant` to a command that takes `--scaling` or `--scalings`. The rule becomes part of the scaling's text, so that runs
 * and scalers record it.
 */
export function addConstantOption(command: Command): Command {
  return command.addOption(constantOption()).hook("preAction", () => {
    const { constant, scaling, scalings } = command.opts<{
      constant: ConstantRule;
      scaling?: string;
      scalings?: readonly string[];
    }>();
    if (constant === "one") return;
    const rewrite = (text: string) => formatScaling(withConstantRule(parseScaling(text), constant));
    if (scaling !== undefined) replace(command, "scaling", rewrite(scaling));
    if (scalings === undefined) return;
    const rewritten = scalings.map(rewrite);
    if (new Set(rewritten).size < rewritten.length) {
      const problem = `makes two of the ${setting("scalings")} the same`;
      throw new UsageError("--constant", problem, "leave it out, or list each scaling once");
    }
    replace(command, "scalings", rewritten);
  });
}

function replace(command: Command, name: string, value: unknown): void {
  command.setOptionValueWithSource(name, value, command.getOptionValueSource(name));
}
