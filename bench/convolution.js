// @ts-check
import { readFileSync } from "node:fs";
import { CHUNK } from "../dist/kernels/tables.js";
import { table } from "../dist/output/table.js";
import { median, time } from "./network.js";

/** A 3×3 convolution with ReLU and pool on 28×28 images, one core, by both methods in turn: the engine's rule comes from here. */
const ROUNDS = 100;
const SIZE = 28;
const SHAPES = [4, 8, 16, 32, 64].flatMap((channels) => [4, 16, 64].map((filters) => [channels, filters]));

const module = new WebAssembly.Module(readFileSync(new URL("../dist/kernels/kernels.wasm", import.meta.url)));
const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });
const { exports } = new WebAssembly.Instance(module, { env: { memory }, step: { now: () => 0 } });
/** @typedef {(...values: number[]) => void} Kernel */
const direct = /** @type {Kernel} */ (exports.convolutionDirect);
const winograd = /** @type {Kernel} */ (exports.convolutionWinograd);
new Float32Array(memory.buffer).fill(0.01, 65536);
// Room enough for the largest shape, at places that need no plan.
const [input, panels, bias, output, codes, scratch] = [1, 4, 8, 9, 18, 22].map((megabyte) => megabyte << 20);

const rows = SHAPES.map(([channels, filters]) => {
  const image = [input, CHUNK, SIZE, SIZE, channels];
  const rest = [panels, bias, 1, 1, output, codes, scratch];
  /** @type {{ direct: number[], winograd: number[] }} */
  const times = { direct: [], winograd: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.direct.push(...time(1, () => direct(...image, 3, 3, filters, ...rest)));
    times.winograd.push(...time(1, () => winograd(...image, filters, ...rest)));
  }
  const [slow, fast] = [times.direct, times.winograd].map((values) => (median(values) * 1000) / CHUNK);
  return [`${channels}`, `${filters}`, slow.toFixed(1), fast.toFixed(1), (slow / fast).toFixed(2)];
});
console.log(table(["channels", "filters", "direct, µs an image", "Winograd", "direct / Winograd"], rows));
