/**
 * Softmax with categorical cross-entropy from logits, in double precision with the module's own exp and log, so that the
 * result does not depend on the machine's math library.
 *
 * Per image: probabilities, loss = log Σ exp(z) − z[label], predicted class (the first of equals), and unless `gradient` is 0
 * the gradient of the batch's mean loss, (p − onehot) · `scale`. Logit and gradient rows are `stride` bytes; labels are i32.
 */
export function softmaxCrossEntropy(
  logits: usize,
  stride: usize,
  images: i32,
  classes: i32,
  labels: usize,
  losses: usize,
  predictions: usize,
  probabilities: usize,
  gradient: usize,
  scale: f64,
): void {
  for (let image = 0; image < images; image++) {
    let best = 0;
    let largest = load<f32>(logits);
    for (let c = 1; c < classes; c++) {
      const z = load<f32>(logits + ((<usize>c) << 2));
      if (z > largest) {
        largest = z;
        best = c;
      }
    }
    let sum: f64 = 0;
    for (let c = 0; c < classes; c++) {
      sum += NativeMath.exp(<f64>load<f32>(logits + ((<usize>c) << 2)) - <f64>largest);
    }
    const label = load<i32>(labels);
    for (let c = 0; c < classes; c++) {
      const at = (<usize>c) << 2;
      const p = NativeMath.exp(<f64>load<f32>(logits + at) - <f64>largest) / sum;
      store<f32>(probabilities + at, <f32>p);
      if (gradient) store<f32>(gradient + at, <f32>((p - (c === label ? 1.0 : 0.0)) * scale));
    }
    const target = <f64>load<f32>(logits + ((<usize>label) << 2));
    store<f64>(losses, NativeMath.log(sum) + (<f64>largest - target));
    store<i32>(predictions, best);
    logits += stride;
    labels += 4;
    losses += 8;
    predictions += 4;
    probabilities += (<usize>classes) << 2;
    if (gradient) gradient += stride;
  }
}
