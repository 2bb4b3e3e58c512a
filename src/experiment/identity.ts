import { DRAW } from "../data/draw-images.ts";
import { PixscaleError } from "../errors.ts";
import { sha256 } from "../files/hash.ts";
import type { RunOrigin } from "../training/run-document.ts";
import { VERSION } from "../version.ts";
import { DIMENSION_NAMES, type ExperimentPlan, SETTING_NAMES, type SharedSettings } from "./plan.ts";

export const EXPERIMENT_FORMAT = "pixscale-experiment";

/** The content of `experiment.json`: what all runs of a folder share, and which runs are planned. */
export interface ExperimentIdentity extends RunOrigin, ExperimentPlan {
  readonly format: typeof EXPERIMENT_FORMAT;
  readonly version: 1;
  /** The same bits are promised within one version, so a folder belongs to one. */
  readonly pixscale: string;
  /** How the images of a limit are chosen; missing without one, and in folders that took the first ones. */
  readonly draw?: typeof DRAW | undefined;
}

export function experimentIdentity(origin: RunOrigin, plan: ExperimentPlan): ExperimentIdentity {
  const { limit, limitTest } = plan.shared;
  const draw = limit === undefined && limitTest === undefined ? undefined : DRAW;
  return {
    format: EXPERIMENT_FORMAT,
    version: 1,
    pixscale: VERSION,
    ...(draw && { draw }),
    ...origin,
    ...plan,
  };
}

/** The default folder name of an experiment: other settings give another name, more scalings or seeds do not. */
export function experimentName({
  data,
  dataset,
  initialWeights,
  shared,
  dimensions,
  draw,
}: ExperimentIdentity): string {
  const { scaling: _, seed: __, ...varied } = dimensions;
  const drawn = draw === undefined ? [] : [draw];
  const settings = JSON.stringify([
    dataset,
    initialWeights ?? null,
    Object.entries(shared),
    varied,
    ...drawn,
  ]);
  const slug = data
    .replace(/[/\\]+$/, "")
    .replace(/^.*[/\\]/, "")
    .replaceAll(/[^\w.-]/g, "_");
  return `${slug || "data"}-${sha256(settings).slice(0, 8)}`;
}

/**
 * Checks that an experiment may continue in a folder made earlier: the same data and settings, and everything planned then,
 * perhaps with more scalings, seeds or varied values.
 *
 * @param subject the folder, for the error
 * @throws PixscaleError naming the first difference
 */
export function requireSameExperiment(
  before: ExperimentIdentity,
  now: ExperimentIdentity,
  subject: string,
): void {
  requireSameRuns(before, now, subject);
  for (const name of DIMENSION_NAMES) {
    const values: readonly unknown[] = now.dimensions[name];
    const missing = before.dimensions[name].filter((value) => !values.includes(value));
    if (missing.length === 0) continue;
    const problem = `made for ${SETTING_NAMES[name]} ${before.dimensions[name].join(",")}, not ${values.join(",")}`;
    throw different(subject, problem);
  }
}

/**
 * Checks that the runs of two folders can be compared: the same data, settings and version of pixscale.
 *
 * @throws PixscaleError naming the first difference
 */
export function requireSameRuns(before: ExperimentIdentity, now: ExperimentIdentity, subject: string): void {
  const pairs: [name: string, before: unknown, now: unknown][] = [
    ["data", before.dataset === now.dataset ? now.data : before.data, now.data],
    ["images", before.dataset.slice(0, 12), now.dataset.slice(0, 12)],
    ["initial weights", before.initialWeights?.slice(0, 12), now.initialWeights?.slice(0, 12)],
    ...(Object.keys(now.shared) as (keyof SharedSettings)[]).map((name): [string, unknown, unknown] => [
      SETTING_NAMES[name],
      before.shared[name],
      now.shared[name],
    ]),
    ["images drawn", before.draw, now.draw],
    ["pixscale", before.pixscale, now.pixscale],
  ];
  for (const [name, then, wanted] of pairs) {
    if (then === wanted) continue;
    throw different(subject, `made for ${name} ${then ?? "unset"}, not ${wanted ?? "unset"}`);
  }
}

function different(subject: string, problem: string): PixscaleError {
  return new PixscaleError(subject, problem, "use the same settings, or another folder");
}
