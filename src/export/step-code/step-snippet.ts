import type { Reading } from "../../data/images/reading.ts";
import type { StepFormula } from "../../scaling/steps/step-formula.ts";
import { kerasReading, tfjsReading, torchvisionReading } from "../reading-code.ts";
import { kerasCode } from "./keras-code.ts";
import { tfjsCode } from "./tfjs-code.ts";
import { torchCode } from "./torch-code.ts";

/** The libraries that scalings can be written for step by step. */
export type StepTarget = "keras" | "torchvision" | "tfjs";

/** Code to paste that applies a scaling of any steps that have formulas, on images read as pixscale did. */
export function stepSnippet(
  target: StepTarget,
  formulas: readonly StepFormula[],
  reading: Reading | undefined,
): string {
  switch (target) {
    case "keras":
      return keras(formulas, reading);
    case "torchvision":
      return torchvision(formulas, reading);
    case "tfjs":
      return tfjs(formulas, reading);
  }
}

const indented = (lines: readonly string[], by: string) => lines.map((line) => `${by}${line}\n`).join("");
const comments = (sign: "#" | "//", notes: readonly string[]) =>
  notes.map((note) => `${sign} ${note}\n`).join("");

function keras(formulas: readonly StepFormula[], reading: Reading | undefined): string {
  const { imports, steps, notes } = kerasReading(reading);
  const load = steps.length === 0 ? "" : `\n${steps.join("\n")}\n\n`;
  const pixels = steps.length === 0 ? "pixels as they are in the files" : "as loaded above";
  return `${["import keras", "from keras import ops", ...imports].join("\n")}

${comments("#", notes)}${load}
# Images [batch, height, width, channels], ${pixels}. As a layer: keras.layers.Lambda(scale).
def scale(images):
    x = ops.cast(images, "float32")
${indented(formulas.flatMap(kerasCode), "    ")}    return x
`.replace(/\n{4,}/g, "\n\n\n");
}

function torchvision(formulas: readonly StepFormula[], reading: Reading | undefined): string {
  const { imports, steps, notes } = torchvisionReading(reading);
  return `${["import torch", ...imports].join("\n")}
from torchvision.transforms import v2


def scale(x):
${indented(formulas.flatMap(torchCode), "    ")}    return x


${comments("#", notes)}transform = v2.Compose([
${indented(steps, "    ")}    v2.ToImage(),
    v2.ToDtype(torch.float32, scale=False),
    scale,
])
`;
}

function tfjs(formulas: readonly StepFormula[], reading: Reading | undefined): string {
  const { steps, notes } = tfjsReading(reading);
  return `import * as tf from "@tensorflow/tfjs";

${comments("//", notes)}// Images [batch, height, width, channels], pixels as they are in the files.
export const scale = (images) => tf.tidy(() => {
  let x = images.toFloat()${steps.join("")};
${indented(formulas.flatMap(tfjsCode), "  ")}  return x;
});
`;
}
