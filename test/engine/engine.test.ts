import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADAM_DEFAULTS, type AdamOptions } from "../../src/engine/adam-options.ts";
import { Engine, type StageParameters } from "../../src/engine/engine.ts";
import type { StageSpec } from "../../src/engine/stages.ts";
import { PlainAdam, type PlainParameters, type PlainResult, runNetwork } from "./plain.ts";
import {
  type Batch,
  classesOf,
  firstDifference,
  flat,
  float32,
  float64,
  type NetworkLayer,
  network,
  randomBatch,
  randomOf,
  randomParameters,
  worstError,
  worstOf,
} from "./support.ts";

/**
 * Error of float32 against float64 on the same float32 weights and images, relative to the larger of the value and its tensor's
 * root mean square. Each layer adds 1e-7 to 1e-6; a gradient passes through all layers, and the terms of its sum partly cancel.
 * Observed at most: outputs 1.4e-6, gradients 9e-6.
 */
const OUTPUT_ERROR = 1e-5;
const GRADIENT_ERROR = 5e-5;
/** 1 − β₂ has a relative error of 1.3e-5 in float32, and half of that reaches the change of a weight. */
const CHANGE_ERROR = 1e-5;
/** Below this margin a ReLU or pool may decide differently in float32; such data is drawn again. */
const DECIDED = 5e-6;
const ROUNDING = 2 ** -24;

async function withEngine<T>(
  stages: readonly StageSpec[],
  options: { maxImages: number; threads?: number; adam?: AdamOptions },
  use: (engine: Engine) => T | Promise<T>,
): Promise<T> {
  const engine = await Engine.create(stages, { threads: 1, ...options });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

function load(engine: Engine, { images, labels }: Batch): void {
  engine.images.set(images);
  engine.labels.set(labels);
}

/** A random batch without close decisions, and the results of the plain implementation. */
function decidedBatch(
  stages: readonly StageSpec[],
  parameters: readonly PlainParameters[],
  count: number,
  random: () => number,
): { batch: Batch; plain: PlainResult } {
  for (let i = 0; i < 200; i++) {
    const batch = randomBatch(stages, count, random);
    const plain = runNetwork(stages, parameters, batch.images, batch.labels, count);
    if (plain.decisiveness > DECIDED) return { batch, plain };
  }
  throw new Error("no batch with clear decisions");
}

function expectOutputs(engine: Engine, count: number, plain: PlainResult): void {
  const classes = classesOf(engine.stages);
  expect(worstError(engine.losses.subarray(0, count), plain.losses)).toBeLessThan(OUTPUT_ERROR);
  expect(worstError(engine.probabilities.subarray(0, count * classes), plain.probabilities)).toBeLessThan(
    OUTPUT_ERROR,
  );
  for (let n = 0; n < count; n++) {
    const row = plain.probabilities.subarray(n * classes, (n + 1) * classes);
    expect(row[engine.predictions[n]]).toBeGreaterThanOrEqual(Math.max(...row) * (1 - 2 * OUTPUT_ERROR));
  }
}

/** Expects the change of the weights in one step to be Adam's for the engine's own gradients. */
function expectChange(before: PlainParameters[], after: StageParameters[], rate: number): void {
  const expected = flat(before);
  flat(after).forEach((values, k) => {
    let worst = 0;
    values.forEach((value, i) => {
      const difference = Math.abs(value - expected[k][i]);
      worst = Math.max(worst, difference / (CHANGE_ERROR * rate + 2 * ROUNDING * Math.abs(expected[k][i])));
    });
    expect(worst).toBeLessThan(1);
  });
}

/** Checks outputs, gradients and weights of a few steps, each from the engine's own weights. */
async function checkSteps(
  stages: readonly StageSpec[],
  count: number,
  { steps = 3, threads = 1, maxImages = count, seed = 1 } = {},
): Promise<void> {
  const random = randomOf(seed);
  await withEngine(stages, { maxImages, threads }, (engine) => {
    const adam = new PlainAdam();
    engine.setParameters(float32(randomParameters(stages, random)));
    for (let step = 0; step < steps; step++) {
      const weights = float64(engine.parameters());
      const { batch, plain } = decidedBatch(stages, weights, count, random);
      load(engine, batch);
      engine.train(count);
      expectOutputs(engine, count, plain);
      const gradients = engine.gradients();
      expect(worstOf(flat(gradients), flat(plain.gradients))).toBeLessThan(GRADIENT_ERROR);
      adam.update(flat(weights), flat(gradients));
      // A change is usually about the learning rate, and at most about rate · (1 − β₁) / √(1 − β₂).
      expectChange(weights, engine.parameters(), ADAM_DEFAULTS.learningRate);
    }
  });
}

const TABLE: [name: string, stages: StageSpec[], count: number][] = [
  ["dense alone", network({ height: 1, width: 5, channels: 1 }, [], [], 2), 3],
  ["dense, wide and odd", network({ height: 17, width: 13, channels: 2 }, [], [], 11), 40],
  ["several dense", network({ height: 4, width: 5, channels: 3 }, [], [33, -7, 8], 10), 17],
  ["one class", network({ height: 4, width: 4, channels: 1 }, [{ conv: [3, 3, 8], relu: true }], [], 1), 4],
  [
    "the reference CNN, small",
    network(
      { height: 17, width: 16, channels: 1 },
      [
        { conv: [3, 3, 12], relu: true, pool: true },
        { conv: [3, 3, 16], relu: true, pool: true },
      ],
      [24],
      10,
    ),
    9,
  ],
  [
    "Winograd without a pool, odd sizes",
    network({ height: 9, width: 12, channels: 8 }, [{ conv: [3, 3, 10] }, { conv: [3, 3, 8] }], [9], 5),
    10,
  ],
  [
    "pool first",
    network({ height: 11, width: 14, channels: 3 }, [{ pool: true }, { conv: [3, 3, 5], relu: true }], [], 4),
    12,
  ],
  ["pool alone", network({ height: 9, width: 7, channels: 5 }, [{ pool: true }], [6], 3), 8],
  [
    "two pools first and one last",
    network(
      { height: 17, width: 17, channels: 2 },
      [{ pool: true }, { pool: true }, { conv: [1, 1, 9], relu: true }, { pool: true }],
      [],
      3,
    ),
    5,
  ],
  [
    "pool between",
    network(
      { height: 15, width: 13, channels: 1 },
      [{ conv: [2, 2, 8] }, { pool: true }, { conv: [3, 3, 8], relu: true }],
      [5],
      4,
    ),
    6,
  ],
  [
    "1×1, 5×5 and 3×5",
    network(
      { height: 13, width: 17, channels: 4 },
      [
        { conv: [1, 1, 3], relu: true },
        { conv: [5, 5, 12], relu: true },
        { conv: [3, 5, 8], pool: true },
      ],
      [],
      7,
    ),
    11,
  ],
  [
    "7×7 down to one pixel",
    network({ height: 7, width: 7, channels: 3 }, [{ conv: [7, 7, 10], relu: true }], [], 6),
    9,
  ],
  [
    "rows of one pixel",
    network(
      { height: 1, width: 14, channels: 2 },
      [{ conv: [1, 3, 5], relu: true }, { conv: [1, 1, 9] }],
      [],
      3,
    ),
    8,
  ],
  [
    "one image",
    network({ height: 8, width: 9, channels: 1 }, [{ conv: [3, 3, 8], relu: true, pool: true }], [5], 4),
    1,
  ],
];

const layerArbitrary: fc.Arbitrary<NetworkLayer> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      conv: fc.tuple(
        fc.constantFrom(1, 2, 3, 3, 3, 5),
        fc.constantFrom(1, 2, 3, 3, 3, 5),
        fc.constantFrom(1, 2, 3, 5, 8, 9, 12, 16),
      ),
      relu: fc.boolean(),
      pool: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<NetworkLayer>({ pool: true }) },
);

const caseArbitrary = fc.record({
  stages: fc
    .record({
      input: fc.record({
        height: fc.integer({ min: 3, max: 17 }),
        width: fc.integer({ min: 3, max: 17 }),
        channels: fc.constantFrom(1, 2, 3, 4, 5, 8, 12),
      }),
      layers: fc.array(layerArbitrary, { maxLength: 3 }),
      hidden: fc.array(fc.constantFrom(1, 5, 8, -9, 17, -3), { maxLength: 2 }),
      classes: fc.integer({ min: 2, max: 12 }),
    })
    .map(({ input, layers, hidden, classes }) => network(input, layers, hidden, classes)),
  count: fc.integer({ min: 1, max: 40 }),
  spare: fc.constantFrom(0, 0, 1, 7, 30),
  threads: fc.constantFrom(1, 2, 3),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

describe("the engine", () => {
  it.each(TABLE)("agrees with the plain implementation: %s", async (_, stages, count) => {
    await checkSteps(stages, count, { threads: 2 });
  });

  it("agrees with the plain implementation on random networks", async () => {
    const check = ({
      stages,
      count,
      spare,
      threads,
      seed,
    }: { stages: StageSpec[] } & Record<"count" | "spare" | "threads" | "seed", number>) =>
      checkSteps(stages, count, { maxImages: count + spare, threads, seed, steps: 2 });
    await fc.assert(fc.asyncProperty(caseArbitrary, check), { seed: 20, numRuns: 60 });
  });

  it("agrees with three steps of the plain implementation", async () => {
    const [, stages, count] = TABLE[4];
    // With a large epsilon the change is a smooth function of the gradient, which does not amplify errors near zero.
    const adam = { ...ADAM_DEFAULTS, epsilon: 1e-2, learningRate: 1e-2 };
    const random = randomOf(5);
    const initial = randomParameters(stages, random);
    const weights = float64(float32(initial));
    const plainAdam = new PlainAdam(adam);
    await withEngine(stages, { maxImages: count, threads: 2, adam }, (engine) => {
      engine.setParameters(float32(initial));
      for (let step = 0; step < 3; step++) {
        const { batch, plain } = decidedBatch(stages, weights, count, random);
        load(engine, batch);
        engine.train(count);
        plainAdam.update(flat(weights), flat(plain.gradients));
      }
      expect(worstOf(flat(engine.parameters()), flat(weights))).toBeLessThan(1e-6);
      expect(worstOf(flat(float32(initial)), flat(weights))).toBeGreaterThan(1e-3);
    });
  });

  it("keeps its padding at zero in training", async () => {
    const stages = network(
      { height: 12, width: 11, channels: 1 },
      [{ conv: [5, 5, 12], relu: true, pool: true }],
      [10],
      10,
    );
    const random = randomOf(8);
    await withEngine(stages, { maxImages: 13, threads: 2 }, (engine) => {
      engine.setParameters(float32(randomParameters(stages, random)));
      for (let step = 0; step < 60; step++) {
        load(engine, randomBatch(stages, 13, random));
        engine.train(1 + (step % 13));
      }
      const weights = float64(engine.parameters());
      const { batch, plain } = decidedBatch(stages, weights, 13, random);
      load(engine, batch);
      engine.train(13);
      expectOutputs(engine, 13, plain);
      expect(worstOf(flat(engine.gradients()), flat(plain.gradients))).toBeLessThan(GRADIENT_ERROR);
    });
  });
});

/** Raw bytes of results and weights after steps with batches of different sizes. */
async function trace(
  stages: readonly StageSpec[],
  threads: number,
  counts: readonly number[],
): Promise<Buffer> {
  const random = randomOf(3);
  return withEngine(stages, { maxImages: Math.max(...counts), threads }, (engine) => {
    const parts: ArrayBufferView[] = [];
    engine.setParameters(float32(randomParameters(stages, random)));
    for (const count of counts) {
      load(engine, randomBatch(stages, count, random));
      engine.train(count);
      parts.push(engine.losses.slice(0, count), engine.predictions.slice(0, count));
      parts.push(engine.probabilities.slice(0, count * classesOf(stages)), ...flat(engine.gradients()));
    }
    parts.push(...flat(engine.parameters()));
    return Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
  });
}

describe("an engine's result", () => {
  const [, stages] = TABLE[4];

  it.each([
    ["large batches", [64, 40, 64, 33, 64]],
    ["fewer images than threads", [1, 2, 3, 2, 1]],
    ["more chunks than slices", [150, 131, 150]],
  ])("has the same bits for any number of threads: %s", async (_, counts) => {
    const alone = await trace(stages, 1, counts);
    expect(alone.length).toBeGreaterThan(10_000);
    for (const threads of [2, 3, 4]) {
      expect(alone.equals(await trace(stages, threads, counts)), `${threads} threads`).toBe(true);
    }
  });

  it("has the same bits when repeated", async () => {
    const counts = [24, 9, 40];
    const first = await trace(stages, 2, counts);
    for (let i = 0; i < 5; i++) expect(first.equals(await trace(stages, 2, counts))).toBe(true);
  });

  it("does not depend on earlier batches", async () => {
    const random = randomOf(4);
    const initial = float32(randomParameters(stages, random));
    const batch = randomBatch(stages, 5, random);
    const results = [0, 1e30].map((before) =>
      withEngine(stages, { maxImages: 16 }, (engine) => {
        engine.setParameters(initial);
        engine.images.fill(before);
        engine.evaluate(16);
        load(engine, batch);
        engine.train(5);
        return flat(engine.parameters());
      }),
    );
    const [clean, dirty] = await Promise.all(results);
    clean.forEach((values, k) => {
      expect(firstDifference(dirty[k], values)).toBe(-1);
    });
  });

  it("does not depend on evaluations between steps, for any number of threads", async () => {
    const train = (threads: number, evaluating: boolean) =>
      withEngine(stages, { maxImages: 40, threads }, (engine) => {
        const random = randomOf(6);
        engine.setParameters(float32(randomParameters(stages, random)));
        load(engine, randomBatch(stages, 40, random));
        for (let step = 0; step < 150; step++) {
          // One slice: the other threads have no work and may be asleep when the next batch begins.
          if (evaluating) engine.evaluate(1 + (step % 8));
          engine.train(40);
        }
        return flat(engine.parameters());
      });
    const expected = await train(1, false);
    for (const threads of [1, 2, 3, 4]) {
      const actual = await train(threads, true);
      const differing = expected.filter((values, k) => firstDifference(actual[k], values) >= 0).length;
      expect(differing, `variables that differ with ${threads} threads`).toBe(0);
    }
  });
});

describe("an engine", () => {
  const stages = network(
    { height: 10, width: 9, channels: 3 },
    [{ conv: [3, 3, 10], relu: true, pool: true }],
    [7],
    5,
  );

  it.each([1, 2, 3])("does not change its weights in an evaluation with %i threads", async (threads) => {
    const random = randomOf(1);
    await withEngine(stages, { maxImages: 20, threads }, (engine) => {
      const initial = float32(randomParameters(stages, random));
      engine.setParameters(initial);
      for (let i = 0; i < 20; i++) {
        const { batch, plain } = decidedBatch(stages, float64(initial), 20, random);
        load(engine, batch);
        engine.evaluate(20);
        expectOutputs(engine, 20, plain);
      }
      flat(engine.parameters()).forEach((values, k) => {
        expect(firstDifference(values, flat(initial)[k])).toBe(-1);
      });
    });
  });

  it.each(TABLE)("returns the parameters that were set: %s", async (_, table) => {
    await withEngine(table, { maxImages: 1 }, (engine) => {
      const given = randomParameters(table, randomOf(2)).map((p, k) => ({
        kernel: Float32Array.from(p.kernel, (__, i) => i + k + 0.5),
        bias: Float32Array.from(p.bias, (__, i) => -i - k - 0.25),
      }));
      engine.setParameters(given);
      const back = engine.parameters();
      expect(back).toHaveLength(given.length);
      flat(back).forEach((values, k) => {
        expect(firstDifference(values, flat(given)[k])).toBe(-1);
      });
    });
  });

  it("starts with zero weights, which make all classes equally likely", async () => {
    await withEngine(stages, { maxImages: 3 }, (engine) => {
      load(engine, randomBatch(stages, 3, randomOf(1)));
      engine.evaluate(3);
      expect([...engine.probabilities]).toEqual(new Array(15).fill(Math.fround(0.2)));
      expect([...engine.predictions]).toEqual([0, 0, 0]);
    });
  });

  it("rejects batches and parameters of the wrong size", async () => {
    await withEngine(stages, { maxImages: 3 }, (engine) => {
      for (const count of [0, 4, -1]) {
        expect(() => engine.train(count)).toThrow(RangeError);
        expect(() => engine.evaluate(count)).toThrow(RangeError);
      }
      const right = float32(randomParameters(stages, randomOf(1)));
      expect(() => engine.setParameters(right.slice(1))).toThrow(RangeError);
      expect(() => engine.setParameters(right.map((p) => ({ ...p, bias: p.bias.subarray(1) })))).toThrow(
        RangeError,
      );
      expect(() => engine.setParameters([...right].reverse())).toThrow(RangeError);
    });
  });

  it("does not change the results of images beyond the batch", async () => {
    await withEngine(stages, { maxImages: 9, threads: 2 }, (engine) => {
      load(engine, randomBatch(stages, 9, randomOf(1)));
      engine.losses.fill(-1);
      engine.predictions.fill(-1);
      engine.probabilities.fill(-1);
      engine.evaluate(3);
      expect([...engine.losses.subarray(3)]).toEqual(new Array(6).fill(-1));
      expect([...engine.predictions.subarray(3)]).toEqual(new Array(6).fill(-1));
      expect([...engine.probabilities.subarray(15)]).toEqual(new Array(30).fill(-1));
      expect(Math.min(...engine.losses.subarray(0, 3))).toBeGreaterThan(0);
    });
  });

  it("measures every stage once profiling has started", async () => {
    await withEngine(stages, { maxImages: 16, threads: 2 }, (engine) => {
      load(engine, randomBatch(stages, 16, randomOf(1)));
      engine.train(16);
      expect(engine.profile().every((p) => p.forward === 0 && p.backward === 0 && p.update === 0)).toBe(true);
      engine.startProfile();
      for (let i = 0; i < 20; i++) engine.train(16);
      for (const stage of engine.profile()) {
        expect(stage.forward).toBeGreaterThan(0);
        expect(stage.backward).toBeGreaterThan(0);
        expect(stage.update).toBeGreaterThan(0);
      }
    });
  });
});
