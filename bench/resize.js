// @ts-check
/** Resizing of one image on one core, in milliseconds. */
import { Bench } from "tinybench";
import {
  INTERPOLATIONS,
  Resizer,
  resizeLikeTensorFlow,
  TENSORFLOW_METHODS,
} from "../dist/data/images/resize.js";

const PHOTO = { height: 375, width: 500, channels: 3 };
const TO = { height: 224, width: 224 };

/** @param {number} length @param {number} levels */
function noise(length, levels) {
  return Array.from({ length }, (_, i) => Math.floor(((Math.imul(i, 2654435761) >>> 0) / 2 ** 32) * levels));
}

const length = PHOTO.height * PHOTO.width * PHOTO.channels;
const bytes = Uint8Array.from(noise(length, 256));
const words = Uint16Array.from(noise(length, 65536));

const bench = new Bench({ time: 300, iterations: 20, warmupTime: 100, warmupIterations: 20 });
for (const interpolation of INTERPOLATIONS) {
  const resizer = new Resizer(TO, interpolation);
  bench.add(`${interpolation}, bytes`, () => {
    resizer.resize(bytes, PHOTO);
  });
}
const deep = new Resizer(TO, "bilinear");
bench.add("bilinear, 16 bits", () => {
  deep.resize(words, PHOTO);
});
for (const method of TENSORFLOW_METHODS) {
  bench.add(`like TensorFlow, ${method}`, () => {
    resizeLikeTensorFlow(bytes, PHOTO, TO, method);
  });
}

await bench.run();
console.table(
  bench.tasks.map(({ name, result }) => {
    if (!("latency" in result)) throw new Error(`${name} did not run`);
    return { "375 × 500 × 3 to 224 × 224": name, "ms / image": result.latency.p50.toFixed(3) };
  }),
);
