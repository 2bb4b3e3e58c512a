import { type FittedStep, isAffine } from "../steps/step-kinds.ts";
import { type Fitted, foldAffine } from "./fold.ts";
import { FoldedRule } from "./folded-rule.ts";
import { Pipeline, toStages } from "./pipeline.ts";
import type { Rule } from "./rule.ts";

/**
 * The fastest rule that applies fitted steps.
 *
 * @param subject names the scaling in errors
 * @throws PixscaleError if factors leave the range of float32 or a step does not fit into memory
 */
export function makeRule(steps: readonly FittedStep[], fitted: Fitted, subject: string): Rule {
  if (steps.every(isAffine)) return new FoldedRule(foldAffine(steps, subject));
  const stages = toStages(steps, fitted, subject);
  const [only, ...others] = stages;
  return (others.length === 0 ? only.rule : undefined) ?? new Pipeline(stages);
}
