import { describe, expect, it } from "vitest";
import type { Pixels, Split } from "../../src/data/dataset.ts";
import { PixscaleError } from "../../src/errors.ts";
import { RandomStream } from "../../src/random.ts";
import { parseScaling } from "../../src/scaling/parse.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import type { Axis } from "../../src/statistics/axis.ts";
import { makeSplit } from "./support.ts";

const SHAPE = { height: 3, width: 2, channels: 3 };
const LENGTH = 40 * 18;

function random<P extends Pixels>(pixels: P, top: number): Split {
  const stream = new RandomStream(1, "shuffle");
  return makeSplit(pixels.map(() => stream.below(top)) as P, SHAPE);
}

const splits = {
  bytes: random(new Uint8Array(LENGTH), 256),
  "16-bit pixels": random(new Uint16Array(LENGTH), 65_536),
  floats: random(new Float32Array(LENGTH), 1000),
};

/** What both ways of fitting throw. */
async function errorsOf(scaling: string, split: Split, axis: Axis): Promise<[unknown, unknown]> {
  const steps = parseScaling(scaling);
  const thrown = (reason: unknown) => reason;
  const apart = await Scaler.fitAsync(steps, split, { axis }).then(() => expect.fail("no error"), thrown);
  try {
    Scaler.fit(steps, split, { axis });
  } catch (error) {
    return [apart, error];
  }
  return expect.fail("no error");
}

describe("Scaler.fitAsync", () => {
  it.each([
    "zca",
    "normalize+zca=0.1+center",
    "samplewise-center+zca",
    "standardize",
    "none",
  ])("fits %s to the same JSON as Scaler.fit, whatever the pixels' type", async (scaling) => {
    const steps = parseScaling(scaling);
    for (const split of Object.values(splits)) {
      const fitted = await Scaler.fitAsync(steps, split, { axis: "channel" });
      expect(JSON.stringify(fitted)).toBe(JSON.stringify(Scaler.fit(steps, split, { axis: "channel" })));
    }
  });

  const broken = { ...splits.floats, pixels: Float32Array.from(splits.floats.pixels) };
  broken.pixels[5] = Number.NaN;
  const large = makeSplit(new Uint8Array(64 * 65), { height: 64, width: 65, channels: 1 });

  it.each<[string, string, Split, Axis, string]>([
    [
      "NaN pixels",
      "zca",
      broken,
      "global",
      "train: some pixels are not finite numbers; remove NaN and infinite values from the data",
    ],
    [
      "images that are too large",
      "zca",
      large,
      "pixel",
      "zca: images of 64×65×1 have 4160 values, more than the 4096 that can be whitened in all directions; keep the strongest, as in zca=:100, or use smaller images",
    ],
    [
      "an axis that does not go with a step",
      "samplewise-center+zca",
      splits.bytes,
      "pixel",
      "`axis`: samplewise steps have no axis pixel; use global or channel",
    ],
  ])("throws the error of Scaler.fit for %s", async (_, scaling, split, axis, message) => {
    const [apart, here] = await errorsOf(scaling, split, axis);
    expect(apart).toBeInstanceOf(PixscaleError);
    const parts = ({ message, subject, problem, remedy, exitStatus }: PixscaleError) => ({
      ...{ message, subject, problem, remedy, exitStatus },
    });
    expect((apart as PixscaleError).message).toBe(message);
    expect(parts(apart as PixscaleError)).toEqual(parts(here as PixscaleError));
  });
});
