import type { Dataset, ImageShape } from "../data/dataset.ts";
import { PixscaleError } from "../errors.ts";
import type { Backend } from "./backends/backend.ts";

/** @throws PixscaleError (`subject`) if the network takes other images than the dataset's, or has too few classes */
export function requireFit(
  backend: Pick<Backend, "input" | "classes">,
  subject: string,
  { name, classes, train }: Dataset,
): void {
  requireInput(backend, subject, train.shape, `those of ${name}`);
  if (backend.classes < classes) {
    const problem = `the model has ${backend.classes} classes, but ${name} has ${classes}`;
    throw new PixscaleError(subject, problem, "use a model with one unit per class");
  }
}

/** @throws PixscaleError (`subject`) if the network takes images of another shape; `images` are called so in the error */
export function requireInput(
  { input }: Pick<Backend, "input">,
  subject: string,
  shape: ImageShape,
  images: string,
): void {
  const [wanted, found] = [input, shape].map((s) => `${s.height}×${s.width}×${s.channels}`);
  if (wanted === found) return;
  const problem = `the model takes images of ${wanted}, but ${images} are ${found}`;
  throw new PixscaleError(subject, problem, "use data of the model's shape");
}
