import { Control, Stage } from "../tables";
import { address, int, word } from "./table-access";

/**
 * Softmax and categorical cross-entropy of images first … first + N − 1. The logits are the outputs of `stage`, the last one,
 * which is dense. Double precision and the module's own exp and log make the result independent of the machine's math library.
 *
 * Writes each image's probabilities [F], its loss log Σ exp(z) − z[label] and its predicted class, the first of equals. When
 * training, also writes the gradient of the batch's mean loss, (probability − (class = label)) / batch size.
 */
export function softmaxCrossEntropy(control: usize, stage: usize, first: i32, N: i32): void {
  const F = int(stage, Stage.F);
  const stride = int(stage, Stage.outputStride);
  const scale = 1.0 / <f64>int(control, Control.N);
  const training = int(control, Control.training);
  let logits = word(address(stage, Stage.output), first * stride);
  let gradient = word(address(stage, Stage.outputGradient), first * stride);
  let label = word(address(control, Control.labels), first);
  let loss = address(control, Control.losses) + ((<usize>first) << 3);
  let prediction = word(address(control, Control.predictions), first);
  let probabilities = word(address(control, Control.probabilities), first * F);
  for (let n = 0; n < N; n++) {
    let best = 0;
    let largest = load<f32>(logits);
    for (let f = 1; f < F; f++) {
      const z = load<f32>(word(logits, f));
      if (z > largest) {
        largest = z;
        best = f;
      }
    }
    let sum: f64 = 0;
    for (let f = 0; f < F; f++) sum += NativeMath.exp(<f64>load<f32>(word(logits, f)) - <f64>largest);
    const wanted = load<i32>(label);
    for (let f = 0; f < F; f++) {
      const p = NativeMath.exp(<f64>load<f32>(word(logits, f)) - <f64>largest) / sum;
      store<f32>(word(probabilities, f), <f32>p);
      if (training) store<f32>(word(gradient, f), <f32>((p - (f === wanted ? 1.0 : 0.0)) * scale));
    }
    store<f64>(loss, NativeMath.log(sum) + (<f64>largest - <f64>load<f32>(word(logits, wanted))));
    store<i32>(prediction, best);
    logits = word(logits, stride);
    gradient = word(gradient, stride);
    label += 4;
    loss += 8;
    prediction += 4;
    probabilities = word(probabilities, F);
  }
}
