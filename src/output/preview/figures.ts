import type { Split } from "../../data/dataset.ts";
import { RunningMoments } from "../../statistics/running-moments.ts";
import { statistic } from "../format.ts";
import { table } from "../table.ts";

/** Figures of all values of one image; std is the population's. */
export interface Figures {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

/** The figures of each image. @param values images of `size` values that lie one after the other */
export function imageFigures(values: Split["pixels"], size: number): Figures[] {
  return Array.from({ length: values.length / size }, (_, image) => {
    const running = new RunningMoments();
    running.add(Float32Array.from(values.subarray(image * size, (image + 1) * size)));
    const { min, max, mean, std } = running.moments();
    return { min: min[0], max: max[0], mean: mean[0], std: std[0] };
  });
}

/** One image's figures before and after each scaling. */
export function figuresTable(rows: readonly (readonly [title: string, figures: Figures])[]): string {
  return table(
    ["image", "min", "max", "mean", "std"],
    rows.map(([title, { min, max, mean, std }]) => [title, ...[min, max, mean, std].map(statistic)]),
  );
}

/** The same as lines below a picture. */
export function figureLines({ min, max, mean, std }: Figures): string[] {
  return [`min ${statistic(min)}, max ${statistic(max)}`, `mean ${statistic(mean)}, std ${statistic(std)}`];
}
