import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { requireSnippet } from "../../src/export/snippets.ts";
import { formulasOf } from "../../src/export/step-code/formulas.ts";
import { type StepTarget, stepSnippet } from "../../src/export/step-code/step-snippet.ts";
import { alongAxis, parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { isSamplewise } from "../../src/scaling/steps/step-kinds.ts";
import { makeSplit, worstError } from "../scaling/support.ts";

interface Recorded {
  readonly target: StepTarget;
  readonly scaling: string;
  /** Of what the code gave in Python, to pixscale's own output. */
  readonly worst: number;
  readonly code: string;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8"));

/** Code that fixtures/make-snippets.py ran with the versions that the file names. */
const recorded: Recorded[] = read("snippets.json").snippets;

const { pixels, shape } = read("contrast.json").images.colour as { pixels: number[]; shape: number[] };
const [, height, width, channels] = shape;
const flat = new Array<number>(height * width * channels).fill(77);
const images = makeSplit(Uint8Array.from([...pixels, ...flat]), { height, width, channels });

/** As `stats --snippet` fits it: featurewise steps per channel, samplewise ones on whole images. */
function fitted(scaling: string): Scaler {
  const steps = parseScaling(scaling);
  const whole = steps.flatMap((step) => (isSamplewise(step) ? alongAxis([step], "global") : [step]));
  return Scaler.fit(whole, images, { axis: "channel" });
}

describe("the code for", () => {
  it.each(recorded)("$target and $scaling is that which ran in Python", ({
    target,
    scaling,
    worst,
    code,
  }) => {
    expect(stepSnippet(target, formulasOf(fitted(scaling)), undefined)).toBe(code);
    expect(worst).toBeLessThan(5e-6);
  });

  const scalings = [...new Set(recorded.map(({ scaling }) => scaling))];

  it.each(scalings)("TensorFlow.js and %s scales images when it runs", async (scaling) => {
    const scaler = fitted(scaling);
    const [first, ...rest] = stepSnippet("tfjs", formulasOf(scaler), undefined).split("\n");
    expect(first).toBe('import * as tf from "@tensorflow/tfjs";');
    const body = rest.join("\n").replace("export const scale =", "return");
    const scale = new Function("tf", body)(tf) as (images: tf.Tensor) => tf.Tensor;
    const batch = tf.tensor4d(images.pixels as Uint8Array, [images.count, height, width, channels], "int32");
    const expected = new Float32Array(images.pixels.length);
    scaler.apply(images.pixels, images.shape, expected);
    expect(worstError(await scale(batch).data(), expected)).toBeLessThan(5e-6);
  });
});

describe("what no snippet can do", () => {
  it.each([
    [
      "keras",
      "normalize+zca",
      /no snippet for keras can do "zca"; use a scaling without it, or pixscale apply/,
    ],
    ["torchvision", "lcn", /no snippet for torchvision can do "lcn"; /],
    ["tfjs", "clahe=0.1", /can do "clahe"; use skimage\.exposure\.equalize_adapthist in Python, or pixscale/],
    ["albumentations", "log", /no snippet for albumentations can do "log"; use another library's snippet/],
  ] as const)("is said: %s, %s", (target, scaling, message) => {
    expect(() => requireSnippet(target, parseScaling(scaling), "global")).toThrow(message);
  });
});
