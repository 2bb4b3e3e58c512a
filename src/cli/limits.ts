import type { Dataset } from "../data/dataset.ts";
import { DRAW } from "../data/draw-images.ts";
import { thousands } from "../output/format.ts";
import type { TrainSettings } from "../training/settings.ts";
import { type CommonOptions, tell } from "./output.ts";

/** Says how `--limit` and `--limit-test` choose their images, where they leave some out. */
export function tellLimits(
  options: CommonOptions & Partial<Pick<TrainSettings, "limit" | "limitTest">>,
  { train, test }: Pick<Dataset, "train" | "test">,
): void {
  const parts = [
    { name: "training", limit: options.limit, count: train.count },
    { name: "test", limit: options.limitTest, count: test.count },
  ].flatMap(({ name, limit, count }) =>
    limit === undefined || limit >= count ? [] : [drawnOf(limit, count, name)],
  );
  if (parts.length > 0) tell(options, `${parts.join(" and ")}, drawn ${DRAW}; the same for every seed`);
}

/** How many images of a split were drawn. @param name as a word: training or test */
export function drawnOf(drawn: number, count: number, name: string): string {
  return `${thousands(drawn)} of ${thousands(count)} ${name} images`;
}
