import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseScaling } from "../../../src/scaling/parse.ts";
import { Scaler } from "../../../src/scaling/scaler.ts";
import { makeSplit } from "../support.ts";

interface Recorded {
  readonly shape: [number, number, number, number];
  readonly pixels: number[];
  readonly modes: Record<string, { output: number[] }>;
}

/** Whitened by Keras, whose version the file names. */
const { datasets } = JSON.parse(
  readFileSync(new URL("../../../fixtures/keras-scaling.json", import.meta.url), "utf8"),
) as { datasets: Record<string, Recorded> };

const cases = Object.entries(datasets).flatMap(([name, { shape, pixels, modes }]) => {
  const [count, height, width, channels] = shape;
  const split = makeSplit(Uint8Array.from(pixels), { height, width, channels });
  return Object.entries(modes)
    .filter(([mode]) => mode.startsWith("zca"))
    .map(([mode, { output }]) => ({ name, mode, split, output, full: count > height * width * channels }));
});

describe("the way back from Keras' whitening", () => {
  it.each(cases.filter(({ full }) => full))("restores the pixels of $name, $mode", ({
    mode,
    split,
    output,
  }) => {
    const scaling = mode === "zca" ? "zca" : `zca=${mode.replace("zca-eps-", "")}`;
    const restored = new Float32Array(output.length);
    const scaler = Scaler.fit(parseScaling(scaling), split, { axis: "channel" });
    scaler.inverse().apply(Float32Array.from(output), split.shape, restored);
    const worst = Math.max(...restored.map((value, i) => Math.abs(value - split.pixels[i])));
    expect(worst).toBeLessThan(0.05);
  });

  it("is tried", () => {
    expect(cases.filter(({ full }) => full).length).toBeGreaterThan(0);
  });
});

describe("a whitening", () => {
  const pixels = Uint8Array.from({ length: 40 * 6 }, (_, i) =>
    i % 6 === 4 ? 9 : (i * i * 31 + (i >> 3) * 17) % 251,
  );
  const shape = { height: 2, width: 3, channels: 1 };
  const split = makeSplit(pixels, shape);

  it("gives a value that never varied its mean, after other steps too", () => {
    const scaler = Scaler.fit(parseScaling("normalize+zca=0.01+rescale=2-1"), split, { axis: "pixel" });
    const [scaled, restored] = [new Float32Array(pixels.length), new Float32Array(pixels.length)];
    scaler.apply(pixels, shape, scaled);
    scaler.inverse().apply(scaled, shape, restored);
    expect(Math.max(...restored.map((value, i) => Math.abs(value - pixels[i])))).toBeLessThan(0.01);
  });

  it("whose factors differ by more than float32 holds is refused, until epsilon is larger", () => {
    const wide = Float32Array.from({ length: 80 }, (_, i) => ((i * i * 31) % 251) * (i % 2 === 0 ? 1 : 2e-6));
    const pair = makeSplit(wide, { height: 1, width: 2, channels: 1 });
    const inverse = (scaling: string) => () =>
      Scaler.fit(parseScaling(scaling), pair, { axis: "pixel" }).inverse();
    expect(inverse("zca")).toThrow(/^zca: its factors spread too far [^;]*; fit it with a larger epsilon/);
    expect(inverse("zca=1")).not.toThrow();
  });
});
