import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type ChannelScaling, SNIPPETS, type SnippetContent, snippet } from "../../src/export/snippets.ts";

/** Numbers of a keyword argument. */
function numbers(code: string, name: string): number[] {
  return JSON.parse(new RegExp(`${name}=(\\[[^\\]]*\\])`).exec(code)?.[1] ?? "null");
}

/** What scaling a pixel must give. */
const SCALING = { mean: [100, 50.5, 20], std: [50, 20, 12.5], maxPixelValue: 255 } as const;
const content = (scaling: ChannelScaling): SnippetContent => ({ scaling, axis: "channel" });
const PIXEL = [200, 10, 20];
const EXPECTED = [2, -2.025, 0];

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6));

describe("the snippet for", () => {
  it("TensorFlow.js scales images when it runs", async () => {
    const code = snippet("tfjs", content(SCALING));
    const [first, ...rest] = code.split("\n");
    expect(first).toBe('import * as tf from "@tensorflow/tfjs";');
    const body = rest.join("\n").replace("export const scale =", "return");
    const scale = new Function("tf", body)(tf) as (images: tf.Tensor) => tf.Tensor;
    const scaled = scale(tf.tensor4d(PIXEL, [1, 1, 1, 3], "int32"));
    expect([...(await scaled.data())]).toEqual(near(EXPECTED));
  });

  it("Keras has mean and variance", () => {
    const code = snippet("keras", content(SCALING));
    expect(code).toContain("keras.layers.Normalization(axis=-1, mean=");
    const [mean, variance] = [numbers(code, "mean"), numbers(code, "variance")];
    expect(PIXEL.map((x, i) => (x - mean[i]) / Math.sqrt(variance[i]))).toEqual(near(EXPECTED));
  });

  it("Keras is a Rescaling if nothing is subtracted", () => {
    const code = snippet("keras", content({ mean: [0], std: [255], maxPixelValue: 255 }));
    expect(code).toContain("keras.layers.Rescaling(scale=[0.00392156862745098])");
  });

  it.each([
    ["torchvision", "v2.ToDtype(torch.float32, scale=True)"],
    ["albumentations", "max_pixel_value=255.0"],
  ] as const)("%s has mean and std for pixels from 0 to 1", (target, unit) => {
    const code = snippet(target, content(SCALING));
    expect(code).toContain(unit);
    const [mean, std] = [numbers(code, "mean"), numbers(code, "std")];
    expect(PIXEL.map((x, i) => (x / 255 - mean[i]) / std[i])).toEqual(near(EXPECTED));
  });

  it.each([
    ["torchvision", "v2.ToDtype(torch.float32, scale=False)"],
    ["albumentations", "max_pixel_value=1.0"],
  ] as const)("%s has them in units of the pixels if those are not bytes", (target, unit) => {
    const code = snippet(target, content({ ...SCALING, maxPixelValue: undefined }));
    expect(code).toContain(unit);
    expect(numbers(code, "mean")).toEqual(SCALING.mean);
  });

  it.each(SNIPPETS)("%s ends with a line break", (target) => {
    expect(snippet(target, content(SCALING))).toMatch(/[^\n]\n$/);
  });
});
