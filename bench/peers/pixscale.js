// @ts-check
import { referenceNetwork, time } from "../network.js";
import { values } from "./options.js";

/** Milliseconds of one training step of the reference CNN in pixscale, one figure a line; the options of the other peers. */
const batch = values.evaluate ? 250 : Number(values.batch);
const { engine, fill } = await referenceNetwork(Number(values.threads), batch);
const trainStep = () => engine.train(batch);
const evaluateAll = () => {
  for (let start = 0; start < 10_000; start += batch) engine.evaluate(batch);
};
const action = values.evaluate ? evaluateAll : trainStep;
const warmup = Number(values.warmup);
fill();
const prepare = values.evaluate ? () => {} : fill;
for (const milliseconds of time(warmup + Number(values.steps), action, prepare).slice(warmup)) {
  console.log(milliseconds.toFixed(4));
}
await engine.close();
