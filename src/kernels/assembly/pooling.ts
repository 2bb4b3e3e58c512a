/**
 * Bias, activation and 2×2 max pooling (stride 2), by `pmax`, which is one instruction where `max` is several. Each output
 * keeps a code byte for the way back: which of its window's positions it came from (0…3 in row order; the first of equals), or
 * DEAD where the ReLU was closed. Later reasons have larger codes, so the largest wins.
 */

/** Code of an output through which no gradient flows. */
export const DEAD: i32 = 4;

/** What `activate` raises values to: zero for a ReLU, −∞ without activation. */
export function activationFloor(relu: bool): v128 {
  return f32x4.splat(relu ? 0 : -Infinity);
}

/** max(value + bias, floor) of up to four channels of one pixel; what the floor has closed is DEAD. */
export function activate(
  value: v128,
  code: v128,
  bias: v128,
  floor: v128,
  output: usize,
  codes: usize,
  lanes: i32,
): void {
  value = f32x4.add(value, bias);
  code = i32x4.max_s(code, v128.and(i32x4.splat(DEAD), f32x4.le(value, floor)));
  value = f32x4.pmax(value, floor);
  if (lanes < 4) {
    storeFew(value, code, output, codes, lanes);
    return;
  }
  v128.store(output, value);
  const narrow = i16x8.narrow_i32x4_u(code, code);
  v128.store_lane<u32>(codes, i8x16.narrow_i16x8_u(narrow, narrow), 0);
}

function storeFew(value: v128, code: v128, output: usize, codes: usize, lanes: i32): void {
  store<f32>(output, f32x4.extract_lane(value, 0));
  store<u8>(codes, i32x4.extract_lane(code, 0));
  if (lanes > 1) {
    store<f32>(output, f32x4.extract_lane(value, 1), 4);
    store<u8>(codes, i32x4.extract_lane(code, 1), 1);
  }
  if (lanes > 2) {
    store<f32>(output, f32x4.extract_lane(value, 2), 8);
    store<u8>(codes, i32x4.extract_lane(code, 2), 2);
  }
}

/** The largest of a window's four values, then bias and activation; adding the bias after the maximum changes nothing. */
export function poolAndActivate(
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
  bias: v128,
  floor: v128,
  output: usize,
  codes: usize,
  lanes: i32,
): void {
  let code = v128.and(i32x4.splat(1), f32x4.gt(v1, v0));
  let best = f32x4.pmax(v0, v1);
  code = i32x4.max_s(code, v128.and(i32x4.splat(2), f32x4.gt(v2, best)));
  best = f32x4.pmax(best, v2);
  code = i32x4.max_s(code, v128.and(i32x4.splat(3), f32x4.gt(v3, best)));
  best = f32x4.pmax(best, v3);
  activate(best, code, bias, floor, output, codes, lanes);
}

/** Max pooling alone, `images` × height × width × channels; an odd last row or column is dropped. */
export function maxPooling(
  input: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  codes: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const zero = f32x4.splat(0);
  const floor = activationFloor(false);
  for (let image = 0; image < images; image++) {
    for (let y = 0; y + 1 < height; y += 2) {
      for (let x = 0; x + 1 < width; x += 2) {
        const corner = input + <usize>((image * height + y) * width + x) * pixel;
        const below = corner + <usize>width * pixel;
        for (let c = 0; c < channels; c += 4) {
          const at = (<usize>c) << 2;
          poolAndActivate(
            v128.load(corner + at),
            v128.load(corner + pixel + at),
            v128.load(below + at),
            v128.load(below + pixel + at),
            zero,
            floor,
            output + at,
            codes + c,
            channels - c,
          );
        }
        output += pixel;
        codes += channels;
      }
    }
  }
}

/** Way back of `maxPooling`: each output's gradient goes to the input that it came from, all others get zero. */
export function maxPoolingGradient(
  outputGradient: usize,
  codes: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  inputGradient: usize,
): void {
  memory.fill(inputGradient, 0, (<usize>(images * height * width * channels)) << 2);
  for (let image = 0; image < images; image++) {
    for (let y = 0; y + 1 < height; y += 2) {
      for (let x = 0; x + 1 < width; x += 2) {
        for (let c = 0; c < channels; c++) {
          const code = <i32>load<u8>(codes++);
          const pixel = (image * height + y + (code >> 1)) * width + x + (code & 1);
          store<f32>(inputGradient + ((<usize>(pixel * channels + c)) << 2), load<f32>(outputGradient));
          outputGradient += 4;
        }
      }
    }
  }
}
