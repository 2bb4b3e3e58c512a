import { addOuterProduct, product4, product6, productTransposed6 } from "./product";

/**
 * Dense layer. Its kernel lives as panels of eight units: [units / 8][inputs rounded up to 6][8], which the forward product, the
 * way back to the inputs and the kernel gradient all read as it is. Rows of inputs and outputs are an image each; strides are
 * in bytes, output rows are padded to whole panels.
 */

/** Bytes of a panel. */
export function densePanel(inputs: i32): usize {
  return (<usize>(((inputs + 5) / 6) * 6)) << 5;
}

/** output = input · kernel + bias, then ReLU if asked for. Rows are computed in fours. */
export function denseForward(
  input: usize,
  inputStride: usize,
  images: i32,
  inputs: i32,
  units: i32,
  kernel: usize,
  bias: usize,
  relu: bool,
  output: usize,
  outputStride: usize,
): void {
  const panelBytes = densePanel(inputs);
  const zero = f32x4.splat(0);
  for (let unit: usize = 0; unit < <usize>units; unit += 8) {
    const target = output + (unit << 2);
    const panel = kernel + (unit >> 3) * panelBytes;
    product4(input, inputStride, images, inputs & ~1, panel, target, outputStride);
    if (inputs & 1) {
      const last = <usize>(inputs - 1);
      addOuterProduct(input + (last << 2), inputStride, images, panel + (last << 5), target, outputStride);
    }
    const b0 = v128.load(bias + (unit << 2));
    const b1 = v128.load(bias + (unit << 2), 16);
    let at = target;
    for (let image = 0; image < images; image++, at += outputStride) {
      let v0 = f32x4.add(v128.load(at), b0);
      let v1 = f32x4.add(v128.load(at, 16), b1);
      if (relu) {
        v0 = f32x4.max(v0, zero);
        v1 = f32x4.max(v1, zero);
      }
      v128.store(at, v0);
      v128.store(at, v1, 16);
    }
  }
}

/** Closes the gradient where the ReLU's output was zero; `width` floats a row, whole vectors. */
export function reluGradient(output: usize, gradient: usize, images: i32, width: i32): void {
  const end = output + ((<usize>(images * width)) << 2);
  const zero = f32x4.splat(0);
  for (; output < end; output += 16, gradient += 16) {
    v128.store(gradient, v128.and(v128.load(gradient), f32x4.gt(v128.load(output), zero)));
  }
}

/**
 * inputGradient = outputGradient · kernelᵀ for at most 8 images, which become the product's eight columns. `scratch` holds
 * the transposed gradient [units rounded up to 8][8] and the transposed result [inputs rounded up to 6][8].
 */
export function denseInputGradient(
  outputGradient: usize,
  outputStride: usize,
  images: i32,
  inputs: i32,
  units: i32,
  kernel: usize,
  inputGradient: usize,
  inputStride: usize,
  scratch: usize,
): void {
  const panels = (units + 7) >> 3;
  const panelBytes = densePanel(inputs);
  const result = scratch + ((<usize>panels) << 8);
  memory.fill(scratch, 0, (<usize>panels) << 8);
  for (let image = 0; image < images; image++) {
    const from = outputGradient + <usize>image * outputStride;
    for (let unit = 0; unit < units; unit++) {
      store<f32>(scratch + ((<usize>(unit * 8 + image)) << 2), load<f32>(from + ((<usize>unit) << 2)));
    }
  }
  for (let panel = 0; panel < panels; panel++) {
    const columns = scratch + ((<usize>panel) << 8);
    product6(kernel + <usize>panel * panelBytes, 32, inputs, 8, columns, result, 32, panel > 0);
  }
  for (let image = 0; image < images; image++) {
    let from = result + ((<usize>image) << 2);
    let to = inputGradient + <usize>image * inputStride;
    for (let i = 0; i < inputs; i++, from += 32, to += 4) store<f32>(to, load<f32>(from));
  }
}

/** Rows start … end − 1 of one panel of the kernel's gradient: inputᵀ · outputGradient over the whole batch. */
export function denseKernelGradient(
  input: usize,
  inputStride: usize,
  images: i32,
  inputs: i32,
  outputGradient: usize,
  outputStride: usize,
  panel: i32,
  start: i32,
  end: i32,
  gradient: usize,
): void {
  const a = input + ((<usize>start) << 2);
  const b = outputGradient + ((<usize>panel) << 5);
  const c = gradient + <usize>panel * densePanel(inputs) + ((<usize>start) << 5);
  productTransposed6(a, inputStride, end - start, images & ~1, b, outputStride, c);
  if (images & 1) {
    const last = <usize>(images - 1);
    addOuterProduct(a + last * inputStride, 4, end - start, b + last * outputStride, c, 32);
  }
}

/** Sums of eight columns of the output gradient over the batch: the bias gradient of one panel. */
export function denseBiasGradient(
  outputGradient: usize,
  outputStride: usize,
  images: i32,
  panel: i32,
  gradient: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let at = outputGradient + ((<usize>panel) << 5);
  for (let image = 0; image < images; image++, at += outputStride) {
    s0 = f32x4.add(s0, v128.load(at));
    s1 = f32x4.add(s1, v128.load(at, 16));
  }
  v128.store(gradient + ((<usize>panel) << 5), s0);
  v128.store(gradient + ((<usize>panel) << 5), s1, 16);
}
