import type { Labels } from "../../data/dataset.ts";
import { type RandomStream, shuffledIndices } from "../../random.ts";

/** A chosen image. */
export interface Sample {
  /** Which image of the split. */
  readonly index: number;
  readonly label: number;
}

/**
 * Some images of each class, class by class; classes without images are left out.
 *
 * @param perClass images of each class, or fewer where a class has fewer
 * @param maxClasses the classes after so many are left out
 * @param random chooses among all images; without it the first ones are chosen
 */
export function chooseSamples(
  labels: Labels,
  perClass: number,
  maxClasses: number,
  random?: RandomStream,
): Sample[] {
  const order = random && shuffledIndices(labels.length, random);
  const chosen = new Map<number, Sample[]>();
  for (let place = 0; place < labels.length; place++) {
    const index = order?.[place] ?? place;
    const label = labels[index];
    const samples = chosen.get(label);
    if (samples === undefined) chosen.set(label, [{ index, label }]);
    else if (samples.length < perClass) samples.push({ index, label });
  }
  return [...chosen]
    .sort(([a], [b]) => a - b)
    .slice(0, maxClasses)
    .flatMap(([, samples]) => samples);
}
