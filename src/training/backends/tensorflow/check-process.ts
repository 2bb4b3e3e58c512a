import { loadDataset } from "../../../data/load.ts";
import { referenceCnn } from "../../../model/reference-cnn.ts";
import { initialWeights } from "../../../model/weights.ts";
import { batchIndexes, gatherBatch } from "../../../scaling/batches.ts";
import { Scaler } from "../../../scaling/scaler.ts";
import type { Backend } from "../backend.ts";
import { WasmBackend } from "../wasm.ts";
import type { TensorFlowCheck } from "./check.ts";
import { probeTensorFlow } from "./load.ts";
import { TensorFlowBackend } from "./tensorflow-backend.ts";

/**
 * The process that `checkTensorFlow` starts: trains some steps with the tfjs-node in the given folder and with the built-in
 * engine, and prints how they compare. All losses but the first depend on the gradients.
 */
const STEPS = 5;
const BATCH = 64;
/** Relative; rounding accounts for a thousandth of it. */
const TOLERANCE = 1e-3;

console.log(JSON.stringify(await check(process.argv[2])));

async function check(folder: string): Promise<TensorFlowCheck> {
  const found = probeTensorFlow(2, folder);
  if (!("tf" in found)) return found;
  const { train } = await loadDataset("mnist-mini");
  const model = referenceCnn(train.shape, 10);
  const options = {
    model,
    weights: initialWeights(model, 0),
    maxImages: BATCH,
    threads: 2,
    learningRate: 1e-3,
  };

  const lossesOf = async (backend: Backend): Promise<number[]> => {
    const scaler = Scaler.fit([{ kind: "normalize", factor: 1 / 255 }], train);
    const batches = batchIndexes(train.count, BATCH);
    const losses = batches.slice(0, STEPS).map((indexes) => {
      gatherBatch(train, indexes, scaler, backend.images, backend.labels);
      return backend.train(BATCH).loss / BATCH;
    });
    await backend.close();
    return losses;
  };

  const theirs = await lossesOf(await TensorFlowBackend.create(found.tf, options));
  const ours = await lossesOf(await WasmBackend.create(options));
  const error = Math.max(...ours.map((loss, i) => Math.abs(theirs[i] - loss) / loss));
  if (!(error < TOLERANCE)) {
    const reason = `the losses of ${STEPS} training steps differ from the built-in engine's by ${error}`;
    return { reason, remedy: "run npm run setup:tensorflow with another tensorflow-cpu wheel" };
  }
  const agreement = `${STEPS} training steps agree with the built-in engine's to ${error.toExponential(0)}`;
  return { detail: `tfjs-node ${found.version}: ${agreement}` };
}
