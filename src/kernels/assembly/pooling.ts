import { Stage } from "../tables";
import { address, int } from "./table-access";

/**
 * Bias, activation and 2×2 max pooling with stride 2, by `pmax`, which is one instruction where `max` is several. In training,
 * each output has a code byte for the backward pass: which position of its window it came from (0 to 3 in row order, the first of
 * equals), or DEAD where the ReLU is inactive. The code is the largest that applies.
 */

/** Code of an output that passes no gradient back. */
export const DEAD: i32 = 4;

/** The lower bound that an activation applies: zero for a ReLU, −∞ without activation. */
export function activationFloor(relu: i32): v128 {
  return f32x4.splat(relu ? 0 : -Infinity);
}

/** Stores max(value + bias, floor) of up to four channels of one pixel, and their codes unless `codes` is 0. */
export function storePixel(
  value: v128,
  bias: v128,
  floor: v128,
  output: usize,
  codes: usize,
  lanes: i32,
): void {
  value = f32x4.add(value, bias);
  storeValues(f32x4.pmax(value, floor), output, lanes);
  if (codes) storeCodes(deadCode(value, floor), codes, lanes);
}

/** DEAD where the floor applies, else 0, per channel. */
export function deadCode(value: v128, floor: v128): v128 {
  return v128.and(i32x4.splat(DEAD), f32x4.le(value, floor));
}

/** Stores up to four channels of one pixel. */
export function storeValues(value: v128, output: usize, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(output, value);
    return;
  }
  store<f32>(output, f32x4.extract_lane(value, 0));
  if (lanes > 1) store<f32>(output, f32x4.extract_lane(value, 1), 4);
  if (lanes > 2) store<f32>(output, f32x4.extract_lane(value, 2), 8);
}

/** Stores the codes of up to four channels of one pixel. */
export function storeCodes(code: v128, codes: usize, lanes: i32): void {
  if (lanes >= 4) {
    const narrow = i16x8.narrow_i32x4_u(code, code);
    v128.store_lane<u32>(codes, i8x16.narrow_i16x8_u(narrow, narrow), 0);
    return;
  }
  store<u8>(codes, i32x4.extract_lane(code, 0));
  if (lanes > 1) store<u8>(codes, i32x4.extract_lane(code, 1), 1);
  if (lanes > 2) store<u8>(codes, i32x4.extract_lane(code, 2), 2);
}

/** The largest of a window's values, per channel. */
export function windowMax(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  return f32x4.pmax(f32x4.pmax(f32x4.pmax(v0, v1), v2), v3);
}

/** The position of `windowMax` in the window, per channel. */
export function windowCode(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  let code = v128.and(i32x4.splat(1), f32x4.gt(v1, v0));
  let best = f32x4.pmax(v0, v1);
  code = i32x4.max_s(code, v128.and(i32x4.splat(2), f32x4.gt(v2, best)));
  best = f32x4.pmax(best, v2);
  return i32x4.max_s(code, v128.and(i32x4.splat(3), f32x4.gt(v3, best)));
}

/** Max pooling on its own: [N][H][W][C] to [N][H/2][W/2][C]; an odd last row or column is dropped. */
export function maxPoolingForward(stage: usize, N: i32, input: usize, output: usize, codes: usize): void {
  const H = int(stage, Stage.H);
  const W = int(stage, Stage.W);
  const C = int(stage, Stage.C);
  const pixel = (<usize>C) << 2;
  for (let n = 0; n < N; n++) {
    for (let h = 0; h + 1 < H; h += 2) {
      for (let w = 0; w + 1 < W; w += 2) {
        const upper = input + <usize>((n * H + h) * W + w) * pixel;
        const lower = upper + <usize>W * pixel;
        for (let c = 0; c < C; c += 4) {
          const at = (<usize>c) << 2;
          const v0 = v128.load(upper + at);
          const v1 = v128.load(upper + pixel + at);
          const v2 = v128.load(lower + at);
          const v3 = v128.load(lower + pixel + at);
          storeValues(windowMax(v0, v1, v2, v3), output + at, C - c);
          if (codes) storeCodes(windowCode(v0, v1, v2, v3), codes + c, C - c);
        }
        output += pixel;
        if (codes) codes += C;
      }
    }
  }
}

/** Backward pass of `maxPoolingForward`: each gradient goes to the input its output came from, all other inputs get zero. */
export function maxPoolingBackward(
  stage: usize,
  N: i32,
  outputGradient: usize,
  inputGradient: usize,
  workspace: usize,
): void {
  const H = int(stage, Stage.H);
  const W = int(stage, Stage.W);
  const C = int(stage, Stage.C);
  let codes = address(stage, Stage.codes) + workspace;
  memory.fill(inputGradient, 0, (<usize>(N * H * W * C)) << 2);
  for (let n = 0; n < N; n++) {
    for (let h = 0; h + 1 < H; h += 2) {
      for (let w = 0; w + 1 < W; w += 2) {
        for (let c = 0; c < C; c++) {
          const code = <i32>load<u8>(codes++);
          const pixel = (n * H + h + (code >> 1)) * W + w + (code & 1);
          store<f32>(inputGradient + ((<usize>(pixel * C + c)) << 2), load<f32>(outputGradient));
          outputGradient += 4;
        }
      }
    }
  }
}
