import {
  ALPHA,
  type InferenceRule,
  type PairIntervals,
  pairIntervals,
} from "../../../src/experiment/inference/pair-intervals.ts";
import { seedEstimates } from "../../../src/experiment/inference/seed-estimates.ts";
import {
  isOpen,
  isSurelyWorse,
  pairVerdict,
  type Verdict,
} from "../../../src/experiment/inference/verdict.ts";
import { RandomStream } from "../../../src/random.ts";

/** Experiments with known truth, simulated: accuracies of a scaling are normal over seeds, and the test images are many. */
export interface Truth {
  /** True mean accuracies in points below the best. */
  readonly means: readonly number[];
  /** Standard deviations over seeds, in points. */
  readonly stds: readonly number[];
}

const IMAGES = 10_000;
const POINT = 0.01;

/** What happened in a simulated experiment. */
export interface Outcome {
  readonly verdicts: readonly Verdict[];
  readonly best: number;
  readonly seeds: number;
  readonly runs: number;
  /** Whether all pairs' intervals hold their true difference. */
  readonly covers: boolean;
}

/** Draws accuracies; Marsaglia's polar method. */
export class Accuracies {
  readonly #stream: RandomStream;
  readonly #truth: Truth;

  constructor(truth: Truth, experiment: number) {
    this.#truth = truth;
    this.#stream = new RandomStream(experiment, "shuffle");
  }

  draw(scaling: number): number {
    const { means, stds } = this.#truth;
    for (;;) {
      const [x, y] = [this.#stream.uniform(), this.#stream.uniform()].map((each) => 2 * each - 1);
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const normal = x * Math.sqrt((-2 * Math.log(square)) / square);
      return (means[scaling] + stds[scaling] * normal) * POINT;
    }
  }
}

export function ruleOf(scalings: number, changes: Partial<InferenceRule> = {}): InferenceRule {
  return {
    method: "fixed",
    pairs: (scalings * (scalings - 1)) / 2,
    margin: 0.2 * POINT,
    population: "seeds",
    ...changes,
  };
}

/** An experiment with a number of seeds chosen beforehand. */
export function fixedExperiment(truth: Truth, seeds: number, experiment: number): Outcome {
  const accuracies = new Accuracies(truth, experiment);
  const drawn = truth.means.map((_, scaling) =>
    Array.from({ length: seeds }, () => accuracies.draw(scaling)),
  );
  return judge(truth, drawn, ruleOf(truth.means.length));
}

/** Seed after seed, a look after each from the second on, until all is decided. What is surely worse is not drawn any more. */
export function untilDecided(truth: Truth, mostSeeds: number, experiment: number): Outcome {
  const accuracies = new Accuracies(truth, experiment);
  const drawn = truth.means.map(() => [] as number[]);
  const rule = ruleOf(truth.means.length, { method: "anytime" });
  let found: Outcome | undefined;
  for (let seeds = 1; seeds <= mostSeeds; seeds++) {
    const verdicts = found?.verdicts;
    drawn.forEach((values, scaling) => {
      if (verdicts === undefined || !isSurelyWorse(verdicts[scaling])) values.push(accuracies.draw(scaling));
    });
    if (seeds < 2) continue;
    found = judge(truth, drawn, rule);
    if (!found.verdicts.some(isOpen)) break;
  }
  if (found === undefined) throw new Error("two seeds or more");
  return found;
}

/** The answer from accuracies per scaling and seed. */
export function judge(truth: Truth, drawn: readonly (readonly number[])[], rule: InferenceRule): Outcome {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const best = drawn.map(mean).reduce((top, value, i, all) => (value > all[top] ? i : top), 0);
  const pair = (a: number, b: number): PairIntervals => {
    const shared = Math.min(drawn[a].length, drawn[b].length);
    const differences = drawn[a].slice(0, shared).map((value, seed) => value - drawn[b][seed]);
    return pairIntervals(seedEstimates(differences, 1 / IMAGES, IMAGES), rule);
  };
  const covers = drawn.every((_, a) =>
    drawn.slice(a + 1).every((_, i) => {
      const b = a + 1 + i;
      const { interval } = pair(a, b);
      const difference = (truth.means[a] - truth.means[b]) * POINT;
      return interval[0] <= difference && difference <= interval[1];
    }),
  );
  return {
    best,
    covers,
    verdicts: drawn.map((_, i) => (i === best ? { kind: "best" } : pairVerdict(pair(i, best), rule))),
    seeds: Math.max(...drawn.map(({ length }) => length)),
    runs: drawn.reduce((sum, { length }) => sum + length, 0),
  };
}

/** The part of experiments that something happens in. */
export function rate(experiments: number, happens: (experiment: number) => boolean): number {
  let count = 0;
  for (let experiment = 0; experiment < experiments; experiment++) if (happens(experiment)) count++;
  return count / experiments;
}

/** Three standard deviations of a rate, for bounds that must hold for the truth behind it. */
export function slack(experiments: number, bound: number = ALPHA): number {
  return 3 * Math.sqrt((bound * (1 - bound)) / experiments);
}

export const isTold = ({ kind }: Verdict): boolean => kind === "worse" || kind === "better";
