// @ts-check
import { readFileSync } from "node:fs";
import { methodOf, shapeFields } from "../dist/engine/memory-plan.js";
import { tableRow } from "../dist/kernels/table-row.js";
import { CHUNK, Method, Stage } from "../dist/kernels/tables.js";
import { table } from "../dist/output/table.js";
import { median, time } from "./network.js";

/**
 * A 3×3 convolution with ReLU and pool on 28×28 images, on one core, by the direct method and by the engine's choice for the shape in
 * alternation. That choice is based on this.
 */
const ROUNDS = 100;
const SIZE = 28;
const SHAPES = [1, 4, 8, 16, 32, 64].flatMap((C) => [4, 16, 64].map((F) => [C, F]));

const module = new WebAssembly.Module(readFileSync(new URL("../dist/kernels/kernels.wasm", import.meta.url)));
const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });
const { exports } = new WebAssembly.Instance(module, { env: { memory }, profile: { now: () => 0 } });
/** @typedef {(...values: number[]) => void} Kernel */
const direct = /** @type {Kernel} */ (exports.convolutionDirect);
const winograd = /** @type {Kernel} */ (exports.convolutionWinograd);
const oneChannel = /** @type {Kernel} */ (exports.convolutionOneChannel);
new Float32Array(memory.buffer).fill(0.01, 65536);
// Addresses with enough room for the largest shape.
const [row, input, packedKernel, bias, output, codes, scratch] = [0.5, 1, 4, 8, 9, 18, 22].map(
  (megabytes) => megabytes * 2 ** 20,
);

const rows = SHAPES.map(([C, F]) => {
  /** @type {import("../dist/engine/stages.js").ConvolutionStage} */
  const stage = {
    kind: "convolution",
    input: { height: SIZE, width: SIZE, channels: C },
    kernelHeight: 3,
    kernelWidth: 3,
    filters: F,
    relu: true,
    pool: true,
  };
  new Int32Array(memory.buffer).set(
    tableRow(Stage, { ...shapeFields(stage), packedKernel, bias, scratch }),
    row >> 2,
  );
  const other = methodOf(stage) === Method.oneChannel ? oneChannel : winograd;
  /** @type {{ direct: number[], other: number[] }} */
  const times = { direct: [], other: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.direct.push(...time(1, () => direct(row, CHUNK, input, output, codes, 0)));
    times.other.push(...time(1, () => other(row, CHUNK, input, output, codes, 0)));
  }
  const [slow, fast] = [times.direct, times.other].map((values) => (median(values) * 1000) / CHUNK);
  return [`${C}`, `${F}`, slow.toFixed(1), fast.toFixed(1), (slow / fast).toFixed(2)];
});
console.log(
  table(["channels", "filters", "direct, µs per image", "Winograd's", "direct / Winograd's"], rows),
);
