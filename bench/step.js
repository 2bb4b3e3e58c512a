// @ts-check
import { outputShape } from "../dist/engine/stages.js";
import { defaultThreads } from "../dist/index.js";
import { table } from "../dist/output/table.js";
import { median, referenceNetwork, time } from "./network.js";
import { singleCorePeak } from "./peak.js";

/**
 * Training step of the reference CNN on MNIST: milliseconds by stage and pass, and GFLOP/s of useful arithmetic. Useful are
 * the operations that a direct method cannot skip: forward all outputs that a pool reads, backward one of four gradients.
 */
const BATCH = 64;
const WARMUP = 200;
const STEPS = 200;

/** @typedef {import("../dist/engine/stages.js").StageSpec} StageSpec */

/**
 * @param {StageSpec} stage
 * @param {boolean} first
 */
function usefulFlops(stage, first) {
  if (stage.kind === "maxPooling") return { forward: 0, backward: 0, update: 0 };
  if (stage.kind === "dense") {
    const product = 2 * BATCH * stage.inputs * stage.units;
    return { forward: product, backward: product, update: product };
  }
  const { height, width, channels } = outputShape(stage);
  const patch = stage.kernelHeight * stage.kernelWidth * stage.input.channels;
  const product = 2 * BATCH * height * width * channels * patch;
  return { forward: product * (stage.pool ? 4 : 1), backward: product * (first ? 1 : 2), update: 0 };
}

const peak = await singleCorePeak();
console.log(`peak of one core (float32x4 multiply and add in registers): ${peak.toFixed(1)} GFLOP/s`);
for (const threads of new Set([1, defaultThreads()])) {
  const { engine, fill } = await referenceNetwork(threads, BATCH);
  const step = () => engine.train(BATCH);
  time(WARMUP, step, fill);
  const training = median(time(STEPS, step, fill));
  const evaluation = median(time(STEPS, () => engine.evaluate(BATCH), fill));
  engine.startProfile();
  time(STEPS, step, fill);
  const rows = engine.profile().flatMap((profile, i) => {
    const stage = engine.stages[i];
    const flops = usefulFlops(stage, i === 0);
    return /** @type {const} */ (["forward", "backward", "update"]).map((pass) => {
      const milliseconds = profile[pass] / STEPS;
      const speed = flops[pass] / 1e6 / milliseconds;
      const figures =
        flops[pass] === 0 ? ["", ""] : [speed.toFixed(1), `${((100 * speed) / peak).toFixed(0)} %`];
      return [`${i + 1} ${stage.kind}`, pass, milliseconds.toFixed(3), ...figures];
    });
  });
  console.log(
    `\ntraining step, batch ${BATCH}, threads ${threads}: median ${training.toFixed(2)} ms; forward only ${evaluation.toFixed(2)} ms`,
  );
  console.log(
    table(["stage", "pass", "ms, all threads", "useful GFLOP/s per core", "of peak"], rows, {
      textColumns: 2,
    }),
  );
  await engine.close();
}
