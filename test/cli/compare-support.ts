import type { Comparison } from "../../src/experiment/comparison.ts";

const SMALL = ["mnist-mini", "--limit", "512", "--limit-test", "100", "--epochs", "2", "--seeds", "2"];
const SCALINGS = ["--scalings", "normalize,normalize=1e-30,center"];
/** Six short runs, of which those of one scaling cannot learn. */
export const COMPARE = ["compare", ...SMALL, ...SCALINGS];

/** Without what the clock decides. */
export function timeless(answer: Comparison) {
  const variants = answer.variants.map(({ milliseconds: _, runs, ...variant }) => ({
    ...variant,
    runs: runs.map(({ milliseconds: _, ...run }) => run),
  }));
  return { ...answer, variants };
}
