import * as tf from "@tensorflow/tfjs";
import { beforeAll } from "vitest";
import { KERAS_CASES } from "../../../engine/keras-reference.ts";
import { backendSuite } from "./suite.ts";

/** The backend on TensorFlow.js in plain JavaScript, which is everywhere, but too slow for Keras' case on MNIST. */
beforeAll(async () => {
  await tf.setBackend("cpu");
});

backendSuite(
  tf,
  KERAS_CASES.filter(([name]) => name.startsWith("rgb")),
);
