import { DIRECT_POSITIONS } from "../tables";
import { activate, activationFloor, poolAndActivate } from "./pooling";
import { product6 } from "./product";

/**
 * Convolution (stride 1, no padding) with bias, activation and optionally a 2×2 pool, for any kernel size and channels: input
 * patches are copied side by side for a few outputs at a time, then multiplied with the kernel. A pooled output's four
 * patches follow each other; outputs that the pool drops are never computed.
 *
 * `panels` is [filters / 8][length][8], where a patch's length is kernelHeight × kernelWidth × channels, made even by a zero.
 * `scratch` holds the patches [positions][length] and then the products of one panel [positions][8], for DIRECT_POSITIONS
 * positions.
 */
export function convolutionDirect(
  input: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  filters: i32,
  panels: usize,
  bias: usize,
  relu: bool,
  pool: bool,
  output: usize,
  codes: usize,
  scratch: usize,
): void {
  const step = pool ? 2 : 1;
  const perOutput = step * step;
  const outHeight = (height - kernelHeight + 1) / step;
  const outWidth = (width - kernelWidth + 1) / step;
  const outputs = images * outHeight * outWidth;
  const length = directLength(kernelHeight, kernelWidth * channels);
  const patch = (<usize>length) << 2;
  const products = (scratch + <usize>DIRECT_POSITIONS * patch + 31) & ~15;
  const panelBytes = (<usize>length) << 5;
  const pixel = (<usize>filters) << 2;
  const zero = i32x4.splat(0);
  const floor = activationFloor(relu);
  for (let first = 0; first < outputs; first += DIRECT_POSITIONS / perOutput) {
    const count = min(DIRECT_POSITIONS / perOutput, outputs - first);
    gatherPatches(
      input,
      height,
      width,
      channels,
      kernelHeight,
      kernelWidth,
      outHeight,
      outWidth,
      step,
      first,
      count,
      scratch,
      patch,
    );
    for (let panel = 0; panel * 8 < filters; panel++) {
      const columns = panels + <usize>panel * panelBytes;
      product6(scratch, patch, count * perOutput, length, columns, products, 32, false);
      for (let half = 0; half < 8; half += 4) {
        const f = panel * 8 + half;
        if (f >= filters) break;
        const b = v128.load(bias + ((<usize>f) << 2));
        let result = products + ((<usize>half) << 2);
        let target = output + <usize>first * pixel + ((<usize>f) << 2);
        let code = codes + <usize>(first * filters + f);
        for (let i = 0; i < count; i++) {
          if (pool) {
            poolAndActivate(
              v128.load(result),
              v128.load(result, 32),
              v128.load(result, 64),
              v128.load(result, 96),
              b,
              floor,
              target,
              code,
              filters - f,
            );
          } else {
            activate(v128.load(result), zero, b, floor, target, code, filters - f);
          }
          result += (<usize>perOutput) << 5;
          target += pixel;
          code += filters;
        }
      }
    }
  }
}

/** Floats of a patch of rows of kernelWidth × channels, made even. */
export function directLength(kernelHeight: i32, rowLength: i32): i32 {
  return (kernelHeight * rowLength + 1) & ~1;
}

/** Copies the patches of outputs first … first + count − 1. Rows are copied by whole vectors; the next row mends the excess. */
function gatherPatches(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  outHeight: i32,
  outWidth: i32,
  step: i32,
  first: i32,
  count: i32,
  patches: usize,
  patchBytes: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  const kernelRow = <usize>kernelWidth * pixel;
  let x = first % outWidth;
  let line = first / outWidth;
  for (let i = 0; i < count; i++) {
    const image = line / outHeight;
    const y = (line - image * outHeight) * step;
    const corner = input + <usize>(image * height + y) * row + <usize>(x * step) * pixel;
    for (let place = 0; place < step * step; place++) {
      let from = corner + <usize>(place >> 1) * row + <usize>(place & 1) * pixel;
      let to = patches;
      for (let ky = 0; ky < kernelHeight; ky++) {
        for (let at: usize = 0; at < kernelRow; at += 16) v128.store(to + at, v128.load(from + at));
        to += kernelRow;
        from += row;
      }
      // The float that makes an odd patch even is multiplied with zero, so it must be a number.
      if (to - patches < patchBytes) store<f32>(to, 0);
      patches += patchBytes;
    }
    if (++x === outWidth) {
      x = 0;
      line++;
    }
  }
}
