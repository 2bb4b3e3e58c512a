import { deserialize, serialize } from "node:v8";
import { beforeAll, describe, expect, it } from "vitest";
import { type Dataset, type Split, sliceSplit } from "../../src/data/dataset.ts";
import { resolveReading } from "../../src/data/images/reading.ts";
import { loadDataset } from "../../src/data/load.ts";
import { PixscaleError, UsageError } from "../../src/errors.ts";
import { sha256 } from "../../src/files/hash.ts";
import type { Model } from "../../src/model/layers.ts";
import { initialWeights, weightsFingerprint } from "../../src/model/weights.ts";
import { requireFit } from "../../src/training/require-fit.ts";
import { runSplits } from "../../src/training/splits.ts";
import { type Checkpoint, type EpochResult, type RunResult, train } from "../../src/training/train.ts";
import { imageTexts, layersOf, madeDataset, madeSplit, settings } from "./support.ts";

let mini: Dataset<Split>;

beforeAll(async () => {
  mini = await loadDataset("mnist-mini");
});

/** Small, for images as MNIST has them. */
const TINY: Model = {
  input: { height: 28, width: 28, channels: 1 },
  layers: [
    { type: "conv2d", filters: 2, kernelSize: [5, 5], activation: "relu" },
    { type: "maxPooling2d" },
    { type: "flatten" },
    { type: "dense", units: 10, activation: "softmax" },
  ],
};

function tiny(seed = 1) {
  return { model: TINY, weights: initialWeights(TINY, seed), subject: "tiny/model.json" };
}

/** The one-line error that `action` must fail with. */
async function failure(action: () => unknown): Promise<PixscaleError> {
  const error = await Promise.resolve()
    .then(action)
    .then(
      () => expect.fail("no error"),
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(PixscaleError);
  expect((error as PixscaleError).message).toMatch(/^[^\n:]+: [^\n;]+; [^\n]+$/);
  return error as PixscaleError;
}

/** All of a result that does not depend on the clock; the weights as a hash, which compares faster. */
/** What a run computed, without its settings and times. */
function timeless({ epochs, model, settings: _, ...others }: RunResult) {
  const hashed = { ...model, bytes: sha256(model.bytes) };
  return { ...others, model: hashed, epochs: epochs.map(({ milliseconds: _, ...epoch }) => epoch) };
}

describe("a run that continues from a checkpoint", () => {
  const whole = settings({ epochs: 3, validationSplit: 0.1, scaling: "standardize", threads: 2 });
  const checkpoints: Checkpoint[] = [];
  let undisturbed: RunResult;

  beforeAll(async () => {
    const observer = { onEpoch: (_: EpochResult, take: () => Checkpoint) => checkpoints.push(take()) };
    undisturbed = await train(mini, whole, { learningCurve: true, observer });
  });

  it.each([1, 2, 3])("after epoch %i ends with the bits it would have had", async (stop) => {
    // As it comes back from a file, in another process and with other threads.
    const resume = deserialize(serialize(checkpoints[stop - 1])) as Checkpoint;
    const later = await train(mini, { ...whole, threads: 1 }, { learningCurve: true, resume });
    expect(timeless(later)).toEqual(timeless(undisturbed));
    expect(resume.epochs).toHaveLength(stop);
  });

  it("has the test accuracy after each epoch, if asked for, and the last is the run's", async () => {
    const { epochs, test } = undisturbed;
    expect(epochs[2].test).toEqual({ loss: test.loss, accuracy: test.accuracy });
    const first = await train(mini, { ...whole, epochs: 1 });
    expect(epochs[0].test).toEqual({ loss: first.test.loss, accuracy: first.test.accuracy });
    expect(first.epochs[0].test).toBeUndefined();
  });
});

describe("a run with the same data and settings has the same weights", () => {
  /** Changes only when what pixscale computes changes: the same on every machine. */
  const KNOWN = "7db5789aed51f4733f686b6def94704720c6d2fbe77fc1753225b742e99794ad";

  it.each([1, 2, 3])("to the last bit, with %i threads", async (threads) => {
    const [first, tests] = [sliceSplit(mini.train, 0, 320), sliceSplit(mini.test, 0, 100)];
    const run = await train({ ...mini, train: first, test: tests }, settings({ threads }));
    expect(run.fingerprint).toBe(weightsFingerprint(layersOf(run.model).weights));
    expect(run.fingerprint).toBe(KNOWN);
  });

  it("when training and validation alternate on more threads than cores", async () => {
    const alternating = settings({ limit: 100, limitTest: 10, validationSplit: 0.2, epochs: 12 });
    const { fingerprint: alone } = await train(mini, { ...alternating, threads: 1 });
    for (const threads of [3, 5]) {
      expect((await train(mini, { ...alternating, threads })).fingerprint).toBe(alone);
    }
  });

  it("when threads share a whitening", async () => {
    // Small images, as the fit takes the third power of their size.
    const shape = { height: 14, width: 12, channels: 1 };
    const split = madeSplit(100, shape, 4, (image, value) => (image * 37 + value * value * 11) % 256);
    const dataset = madeDataset(split);
    const whitened = settings({ scaling: "zca", limit: 100, limitTest: 70 });
    const { fingerprint: alone } = await train(dataset, { ...whitened, threads: 1 });
    for (const threads of [2, 3]) {
      expect((await train(dataset, { ...whitened, threads })).fingerprint).toBe(alone);
    }
  });

  it("when it is repeated", async () => {
    const again = () => train(mini, settings({ limit: 200, epochs: 2, validationSplit: 0.2 }));
    expect(timeless(await again())).toEqual(timeless(await again()));
  });

  it("but others with another seed, order, batch size, rate, number of epochs, scaling or number of images", async () => {
    const changes = [
      {},
      { seed: 1 },
      { shuffle: false },
      { batchSize: 32 },
      { learningRate: 2e-3 },
      { epochs: 2 },
      { scaling: "center" },
      { scaling: "standardize" },
      { scaling: "none" },
      { scaling: "standardize", axis: "pixel" } as const,
      { limit: 95 },
      { validationSplit: 0.1 },
    ];
    const prints: string[] = [];
    for (const change of changes) {
      prints.push((await train(mini, settings({ limit: 96, limitTest: 1, ...change }))).fingerprint);
    }
    expect(new Set(prints).size).toBe(changes.length);
  });

  it("whatever the test images and the number of threads", async () => {
    const short = settings({ limit: 96, limitTest: 1 });
    const { fingerprint: print } = await train(mini, short);
    expect((await train(mini, { ...short, limitTest: 70, threads: 2 })).fingerprint).toBe(print);
  });

  it("and the seed decides the order of the images, not only the initial weights", async () => {
    const runs = [1, 2].map((seed) => train(mini, settings({ limit: 96, seed }), { initial: tiny() }));
    const [first, second] = await Promise.all(runs);
    expect(first.fingerprint).not.toBe(second.fingerprint);
    const inOrder = [1, 2].map((seed) =>
      train(mini, settings({ limit: 96, seed, shuffle: false }), { initial: tiny() }),
    );
    const [third, fourth] = await Promise.all(inOrder);
    expect(third.fingerprint).toBe(fourth.fingerprint);
  });

  it("and starts from the initial weights without changing them", async () => {
    const initial = tiny();
    const before = weightsFingerprint(initial.weights);
    const run = await train(mini, settings({ limit: 64 }), { initial });
    expect(weightsFingerprint(initial.weights)).toBe(before);
    expect(layersOf(run.model).model).toEqual(TINY);
    expect(run.fingerprint).not.toBe(before);
    const still = await train(mini, settings({ limit: 64, learningRate: 1e-30 }), { initial });
    // Biases move from zero by some 1e-30.
    const [kernels, startKernels] = [layersOf(still.model).weights, initial.weights].map((all) =>
      all.map(({ kernel }) => kernel),
    );
    expect(kernels).toEqual(startKernels);
  });
});

describe("training", () => {
  it("learns", async () => {
    const { epochs, test } = await train(
      mini,
      settings({ epochs: 3, limit: undefined, limitTest: undefined }),
    );
    expect(test.accuracy).toBeGreaterThan(0.85);
    expect(test.count).toBe(500);
    expect(epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [1, 32],
      [2, 32],
      [3, 32],
    ]);
    const losses = epochs.map(({ loss }) => loss);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(epochs[2].accuracy).toBeGreaterThan(epochs[0].accuracy);
  });

  it.each([
    "center",
    "standardize",
    "normalize+center",
    "normalize+standardize",
  ])("learns with %s", async (scaling) => {
    const { epochs, test } = await train(
      mini,
      settings({ scaling, epochs: 4, limit: 640, limitTest: undefined }),
    );
    expect(epochs[3].loss).toBeLessThan(epochs[0].loss / 2);
    expect(test.accuracy).toBeGreaterThan(0.6);
  });
});

describe("batches", () => {
  it("may be as large as the split or larger, with the same result", async () => {
    const sized = (batchSize: number) => train(mini, settings({ limit: 90, batchSize }));
    const [exact, larger, huge] = [await sized(90), await sized(91), await sized(2 ** 40)];
    expect(exact.epochs[0].steps).toBe(1);
    expect(timeless(larger)).toEqual(timeless(exact));
    expect(timeless(huge)).toEqual(timeless(exact));
  });

  it("may be of one image", async () => {
    const steps: number[] = [];
    const run = await train(mini, settings({ limit: 5, batchSize: 1 }), {
      observer: { onStep: ({ step }) => steps.push(step) },
    });
    expect(steps).toEqual([1, 2, 3, 4, 5]);
    expect(run.epochs[0].steps).toBe(5);
  });

  it("are reported one by one, with the mean over the epoch so far; the last may be short", async () => {
    const reported: { epoch: number; step: number; steps: number; accuracy: number; loss: number }[] = [];
    const epochs: EpochResult[] = [];
    await train(mini, settings({ limit: 150, epochs: 2 }), {
      observer: { onStep: (progress) => reported.push(progress), onEpoch: (result) => epochs.push(result) },
    });
    expect(reported.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual([
      [1, 1, 3],
      [1, 2, 3],
      [1, 3, 3],
      [2, 1, 3],
      [2, 2, 3],
      [2, 3, 3],
    ]);
    // Whole images out of 64, 128 and 150.
    [64, 128, 150].forEach((seen, i) => {
      const correct = reported[i].accuracy * seen;
      expect(Math.abs(correct - Math.round(correct))).toBeLessThan(1e-9);
    });
    expect(epochs.map(({ loss, accuracy }) => [loss, accuracy])).toEqual(
      [reported[2], reported[5]].map(({ loss, accuracy }) => [loss, accuracy]),
    );
  });
});

/** Mean and population standard deviation, straight from their definition. */
function plainMoments({ pixels }: Split): [mean: number, std: number] {
  const values = Array.from(pixels);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)];
}

function fitted(run: RunResult): [mean: number, std: number] {
  const [step] = run.scaler.steps;
  return step.kind === "standardize" ? [step.mean[0], step.std[0]] : expect.fail(step.kind);
}

describe("limits and held-out images", () => {
  it("use some images of each split, in file order, the same for every seed", () => {
    const draw = (seed: number) => runSplits(mini, settings({ limit: 7, limitTest: 3, seed }));
    const { train: limited, validation, test } = draw(0);
    for (const [some, all] of [
      [limited, mini.train],
      [test, mini.test],
    ]) {
      const images = imageTexts(some);
      expect(imageTexts(all).filter((image) => images.includes(image))).toEqual(images);
      expect(images).not.toEqual(imageTexts(all).slice(0, images.length));
    }
    expect([limited.count, test.count]).toEqual([7, 3]);
    expect(validation).toBeUndefined();
    expect(imageTexts(draw(1).train)).toEqual(imageTexts(limited));
  });

  it("use all images when the limit is larger", () => {
    const splits = runSplits(mini, settings({ limit: 1e9, limitTest: 500 }));
    expect([splits.train.count, splits.test.count]).toEqual([2000, 500]);
  });

  it("split the limited training images in two, by seed, each part in file order", () => {
    const cut = (seed: number) => runSplits(mini, settings({ limit: 101, validationSplit: 1 / 4, seed }));
    const all = imageTexts(runSplits(mini, settings({ limit: 101 })).train);
    expect(new Set(all).size).toBe(101);
    const { train: kept, validation } = cut(1);
    const [left, held] = [imageTexts(kept), imageTexts(validation ?? expect.fail("none"))];
    expect([left.length, held.length]).toEqual([76, 25]);
    for (const part of [left, held]) expect(part).toEqual(all.filter((image) => part.includes(image)));
    expect([...left, ...held].sort()).toEqual([...all].sort());
    // Drawn from everywhere, not cut off at an end.
    expect(held).not.toEqual(all.slice(0, 25));
    expect(held).not.toEqual(all.slice(76));
    expect(imageTexts(cut(1).train)).toEqual(left);
    expect(imageTexts(cut(2).train)).not.toEqual(left);
  });

  it("fit statistics on the images that are trained on, and no others", async () => {
    const chosen = settings({ scaling: "standardize", limit: 300, validationSplit: 0.3, limitTest: 50 });
    const run = await train(mini, chosen);
    expect([run.trained, run.validated, run.test.count]).toEqual([210, 90, 50]);
    const { train: kept, validation } = runSplits(mini, chosen);
    const expected = plainMoments(kept);
    expect(fitted(run)[0]).toBeCloseTo(expected[0], 9);
    expect(fitted(run)[1]).toBeCloseTo(expected[1], 9);
    for (const wrong of [
      validation ?? expect.fail("none"),
      runSplits(mini, { ...chosen, validationSplit: 0 }).train,
    ]) {
      expect(Math.abs(plainMoments(wrong)[0] - fitted(run)[0])).toBeGreaterThan(1e-3);
    }
  });

  it("do not let test or held-out images change the statistics or the weights", async () => {
    const chosen = settings({ scaling: "standardize", limit: 100, validationSplit: 0.3, limitTest: 50 });
    const run = await train(mini, chosen);
    const blank = { ...mini.test, pixels: new Uint8Array(mini.test.pixels.length).fill(255) };
    const other = await train({ ...mini, test: blank }, chosen);
    expect(fitted(other)).toEqual(fitted(run));
    expect(other.fingerprint).toBe(run.fingerprint);
    expect(other.test.loss).not.toBe(run.test.loss);

    const held = new Set(imageTexts(runSplits(mini, chosen).validation ?? expect.fail("none")));
    const pixels = Uint8Array.from(mini.train.pixels);
    imageTexts(mini.train).forEach((image, i) => {
      if (held.has(image)) pixels.fill(200, i * 784, (i + 1) * 784);
    });
    const changed = await train({ ...mini, train: { ...mini.train, pixels } }, chosen);
    expect(fitted(changed)).toEqual(fitted(run));
    expect(changed.fingerprint).toBe(run.fingerprint);
    expect(changed.epochs[0].validation?.loss).not.toBe(run.epochs[0].validation?.loss);
  });

  it("report validation after each epoch, and only if images are held out", async () => {
    const run = await train(mini, settings({ epochs: 2, limit: 100, validationSplit: 0.2 }));
    for (const { validation } of run.epochs) {
      expect(validation?.loss).toBeGreaterThan(0);
      expect(((validation?.accuracy ?? Number.NaN) * 20) % 1).toBeCloseTo(0, 9);
    }
    expect((await train(mini, settings({ limit: 64 }))).epochs[0].validation).toBeUndefined();
  });

  it.each([
    [10, 0.01],
    [10, 0.99],
    [1, 0.5],
  ])("refuse a part without images: %i images, validation split %d", async (limit, validationSplit) => {
    const error = await failure(() => train(mini, settings({ limit, validationSplit })));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/^`validationSplit`: /);
  });
});

describe("a run that cannot continue", () => {
  it("says that the loss became infinite or NaN", async () => {
    const error = await failure(() => train(mini, settings({ learningRate: 1e30 })));
    expect(error.exitStatus).toBe(1);
    expect(error.message).toMatch(/loss became infinite or NaN in epoch 1, .*`learningRate`/);
  });

  it("says so even if only the very last step spoiled the weights", async () => {
    const run = train(mini, settings({ learningRate: 1e30, limit: 64 }));
    expect((await failure(() => run)).message).toMatch(/infinite or NaN.*`learningRate`/);
  });

  it("refuses a model for other images, or with too few classes", async () => {
    const coloured = { height: 28, width: 28, channels: 3 };
    const rgb = madeDataset(madeSplit(20, coloured, 10, (image) => image));
    expect((await failure(() => train(rgb, settings(), { initial: tiny() }))).message).toMatch(
      /^tiny\/model\.json: .*28×28×1.*made.*28×28×3/,
    );
    const more = madeDataset(madeSplit(22, TINY.input, 11, (image) => image));
    expect(
      (await failure(() => requireFit({ input: TINY.input, classes: 10 }, tiny().subject, more))).message,
    ).toMatch(/^tiny\/model\.json: .*10 classes.*made.*11/);
  });

  it("takes a model with more classes than the data", async () => {
    const fewer = madeDataset(madeSplit(20, TINY.input, 4, (image, i) => (image * 37 + i) % 251));
    const { test } = await train(fewer, settings(), { initial: tiny() });
    expect(test.confusion?.length).toBe(10);
  });

  it("needs two classes, labels and test images", async () => {
    const blank = madeDataset(madeSplit(20, TINY.input, 1, (_, i) => i % 256));
    expect((await failure(() => train(blank, settings()))).message).toMatch(/two or more classes/);
    const unlabelled = { ...mini, unlabelled: true } as const;
    expect((await failure(() => train(unlabelled, settings()))).message).toMatch(
      /needs labels, and these images have none; add one class for each image, such as y_train$/,
    );
    const images = { ...unlabelled, reading: resolveReading({}) };
    expect((await failure(() => train(images, settings()))).message).toMatch(/needs labels.*`labels`/);
    const untested = { ...mini, test: sliceSplit(mini.test, 0, 0) };
    expect((await failure(() => train(untested, settings()))).message).toMatch(
      /needs test images.*`testSplit`/,
    );
  });
});
