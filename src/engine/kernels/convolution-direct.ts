import { activate, poolAndActivate } from "./pooling";
import { product6 } from "./product";

/**
 * Convolution (stride 1, no padding) with bias, activation and optionally a 2×2 pool, for any kernel size and channels.
 *
 * In NHWC one kernel row of a patch is a run of kernelWidth × channels adjacent floats, so the image itself serves as the
 * product's left matrix: nothing is copied. Positions run on through the end of an image row into the next, which gives a few
 * useless results but no ragged edges. Outputs that the pool drops are never computed.
 *
 * `panels` is [filters / 8][kernelHeight × kernelWidth × channels][8]; `strip` holds one or two rows of raw results.
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
  strip: usize,
): void {
  const step = pool ? 2 : 1;
  const outHeight = (height - kernelHeight + 1) / step;
  const outWidth = (width - kernelWidth + 1) / step;
  const positions = (step - 1) * width + outWidth * step;
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  const panelCount = (filters + 7) >> 3;
  const panelBytes = (<usize>(kernelHeight * kernelWidth * channels)) << 5;
  const stripPixel = (<usize>panelCount) << 5;
  const zero = i32x4.splat(0);
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < outHeight; y++) {
      const corner = input + <usize>(image * height + y * step) * row;
      for (let panel = 0; panel < panelCount; panel++) {
        product6(
          corner,
          pixel,
          positions,
          kernelHeight,
          kernelWidth * channels,
          row,
          panels + <usize>panel * panelBytes,
          strip + ((<usize>panel) << 5),
          stripPixel,
        );
      }
      for (let x = 0; x < outWidth; x++) {
        const result = strip + <usize>(x * step) * stripPixel;
        const below = result + <usize>width * stripPixel;
        for (let f = 0; f < filters; f += 4) {
          const at = (<usize>f) << 2;
          const b = v128.load(bias + at);
          if (pool) {
            poolAndActivate(
              v128.load(result + at),
              v128.load(result + stripPixel + at),
              v128.load(below + at),
              v128.load(below + stripPixel + at),
              b,
              relu,
              output + at,
              codes + f,
              filters - f,
            );
          } else {
            activate(v128.load(result + at), zero, b, relu, output + at, codes + f, filters - f);
          }
        }
        output += (<usize>filters) << 2;
        codes += filters;
      }
    }
  }
}
