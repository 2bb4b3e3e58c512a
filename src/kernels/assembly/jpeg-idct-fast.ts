import { storeSamples, storeSwapped } from "./jpeg-transpose";

/**
 * The fast integer inverse DCT of libjpeg (jidctfst.c): first columns, then rows, by Arai, Agui and Nakajima, with constants of 8
 * bits and without rounding. Sums of 16 bits wrap, and samples are clipped, as in libjpeg-turbo's vector instructions
 * (jidctfst-sse2.asm). Multipliers contain the scales of the transform and 2 bits of fractions.
 */

/** Samples of a block, uint8 [8] in rows of `stride` bytes. Parameters are those of `accurateBlock`. */
export function fastBlock(block: usize, multipliers: usize, halfway: usize, to: usize, stride: usize): void {
  transform<i16>(block, multipliers, halfway, 0);
  transform<u8>(halfway, 0, to, stride);
}

/** Transforms columns if results are int16, and rows if they are samples. */
function transform<Result>(from: usize, multipliers: usize, to: usize, stride: usize): void {
  let in0 = v128.load(from, 0);
  let in1 = v128.load(from, 16);
  let in2 = v128.load(from, 32);
  let in3 = v128.load(from, 48);
  let in4 = v128.load(from, 64);
  let in5 = v128.load(from, 80);
  let in6 = v128.load(from, 96);
  let in7 = v128.load(from, 112);
  if (sizeof<Result>() === 2) {
    in0 = i16x8.mul(in0, v128.load(multipliers, 0));
    in1 = i16x8.mul(in1, v128.load(multipliers, 16));
    in2 = i16x8.mul(in2, v128.load(multipliers, 32));
    in3 = i16x8.mul(in3, v128.load(multipliers, 48));
    in4 = i16x8.mul(in4, v128.load(multipliers, 64));
    in5 = i16x8.mul(in5, v128.load(multipliers, 80));
    in6 = i16x8.mul(in6, v128.load(multipliers, 96));
    in7 = i16x8.mul(in7, v128.load(multipliers, 112));
  }

  const sum04 = i16x8.add(in0, in4);
  const difference04 = i16x8.sub(in0, in4);
  const sum26 = i16x8.add(in2, in6);
  const turned26 = i16x8.sub(product(i16x8.sub(in2, in6), 362), sum26);
  const even0 = i16x8.add(sum04, sum26);
  const even3 = i16x8.sub(sum04, sum26);
  const even1 = i16x8.add(difference04, turned26);
  const even2 = i16x8.sub(difference04, turned26);

  const z13 = i16x8.add(in5, in3);
  const z10 = i16x8.sub(in5, in3);
  const z11 = i16x8.add(in1, in7);
  const z12 = i16x8.sub(in1, in7);
  const odd7 = i16x8.add(z11, z13);
  const z5 = product(i16x8.add(z10, z12), 473);
  const odd6 = i16x8.sub(i16x8.add(product(z10, -669), z5), odd7);
  const odd5 = i16x8.sub(product(i16x8.sub(z11, z13), 362), odd6);
  const odd4 = i16x8.add(i16x8.sub(product(z12, 277), z5), odd5);

  const out0 = i16x8.add(even0, odd7);
  const out7 = i16x8.sub(even0, odd7);
  const out1 = i16x8.add(even1, odd6);
  const out6 = i16x8.sub(even1, odd6);
  const out2 = i16x8.add(even2, odd5);
  const out5 = i16x8.sub(even2, odd5);
  const out4 = i16x8.add(even3, odd4);
  const out3 = i16x8.sub(even3, odd4);
  if (sizeof<Result>() === 2) {
    storeSwapped(to, out0, out1, out2, out3, out4, out5, out6, out7);
  } else {
    storeSamples(
      to,
      stride,
      i16x8.shr_s(out0, 5),
      i16x8.shr_s(out1, 5),
      i16x8.shr_s(out2, 5),
      i16x8.shr_s(out3, 5),
      i16x8.shr_s(out4, 5),
      i16x8.shr_s(out5, 5),
      i16x8.shr_s(out6, 5),
      i16x8.shr_s(out7, 5),
    );
  }
}

/** Products with a constant, divided by 256 and rounded down. */
function product(values: v128, factor: i32): v128 {
  const factors = i16x8.splat(<i16>factor);
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.extmul_low_i16x8_s(values, factors), 8),
    i32x4.shr_s(i32x4.extmul_high_i16x8_s(values, factors), 8),
  );
}
