/** Feeds scaled batches to TensorFlow.js through tf.data.generator. */
import * as tf from "@tensorflow/tfjs";
import { batchStream, loadDataset, Scaler } from "pixscale";

const { train, classes } = await loadDataset("mnist-mini");
const scaler = Scaler.fit("normalize+center", train);

async function* samples() {
  for await (const { images, labels, size, shape } of batchStream(train, scaler, {
    shuffle: true,
    seed: 1,
  })) {
    const { height, width, channels } = shape;
    yield {
      xs: tf.tensor4d(images, [size, height, width, channels]),
      ys: tf.oneHot(tf.tensor1d(Int32Array.from(labels), "int32"), classes),
    };
  }
}

let images = 0;
let sum = 0;
// The types of generator know synchronous iterators alone, but it awaits each value.
const dataset = tf.data.generator(samples as unknown as () => Iterator<{ xs: tf.Tensor; ys: tf.Tensor }>);
await dataset.forEachAsync(({ xs, ys }) => {
  images += ys.shape[0];
  sum += xs.sum().dataSync()[0];
});
console.log(`${images} images, mean ${Math.abs(sum / (images * 784)).toFixed(4)}`);
