import { BLOCK_BYTES, IS_FLAT, JpegControl, JpegPart, MAX_BLOCKS } from "../jpeg-tables";
import { writeRgb, writeYcc } from "./jpeg-color";
import { accurateBlock } from "./jpeg-idct";
import { fastBlock } from "./jpeg-idct-fast";
import { storeSample } from "./jpeg-transpose";
import { upsampledRow } from "./jpeg-upsample";
import { address, int } from "./table-access";

/** From the coefficients of an MCU to samples, and from the samples of a row of MCUs to pixels. */

/** Transforms the blocks of an MCU into samples of those components that the output needs. */
export function transformMcu(control: usize, column: i32): void {
  const isFast = int(control, JpegControl.isFast);
  const outputs = int(control, JpegControl.outputs);
  let block = address(control, JpegControl.blocks);
  const halfway = block + MAX_BLOCKS * BLOCK_BYTES;
  let part = address(control, JpegControl.parts);
  for (let i = 0; i < outputs; i++, part += JpegPart.words << 2) {
    const across = int(part, JpegPart.across);
    const down = int(part, JpegPart.down);
    const stride = address(part, JpegPart.stride);
    const multipliers = address(part, JpegPart.multipliers);
    let to = address(part, JpegPart.samples) + stride + ((<usize>(column * across)) << 3);
    for (let y = 0; y < down; y++, to += stride << 3) {
      for (let x = 0; x < across; x++, block += BLOCK_BYTES) {
        const at = to + ((<usize>x) << 3);
        if (load<i16>(block + IS_FLAT)) flatBlock(block, multipliers, isFast, at, stride);
        else if (isFast) fastBlock(block, multipliers, halfway, at, stride);
        else accurateBlock(block, multipliers, halfway, at, stride);
      }
    }
  }
}

/** Samples of a block whose other coefficients are 0: what the transforms make of it. */
function flatBlock(block: usize, multipliers: usize, isFast: i32, to: usize, stride: usize): void {
  const dc = <i32>load<i16>(block) * <i32>load<u16>(multipliers);
  // Both transforms keep some bits of fractions, and one rounds.
  const value = isFast ? <i32>(<i16>dc) >> 5 : (<i32>(<i16>(dc << 2)) + 16) >> 5;
  storeSample(to, stride, max(0, min(255, value + 128)));
}

/**
 * Writes the rows of pixels that a row of MCUs makes known: from the last of the MCUs above, which a row below it may mix with,
 * to the last but one; at the bottom, all.
 */
export function writeRows(control: usize, mcuRow: i32): void {
  const height = int(control, JpegControl.height);
  const width = int(control, JpegControl.width);
  const outputs = int(control, JpegControl.outputs);
  const mcuHeight = int(control, JpegControl.mcuHeight);
  const sums = address(control, JpegControl.sums);
  const isYcc = int(control, JpegControl.isYcc);
  const parts = address(control, JpegControl.parts);
  const first = mcuRow * mcuHeight;
  const isLast = mcuRow === int(control, JpegControl.mcusDown) - 1;
  const end = isLast ? height : first + mcuHeight - 1;
  const rowBytes = <usize>(width * outputs);
  let y = max(0, first - 1);
  let to = address(control, JpegControl.output) + <usize>y * rowBytes;
  for (; y < end; y++, to += rowBytes) {
    let part = parts;
    const a = upsampledRow(part, y, mcuRow * 8 * int(part, JpegPart.down), sums);
    if (outputs === 1) {
      memory.copy(to, a, rowBytes);
      continue;
    }
    part += JpegPart.words << 2;
    const b = upsampledRow(part, y, mcuRow * 8 * int(part, JpegPart.down), sums);
    part += JpegPart.words << 2;
    const c = upsampledRow(part, y, mcuRow * 8 * int(part, JpegPart.down), sums);
    if (isYcc) writeYcc(a, b, c, width, to);
    else writeRgb(a, b, c, width, to);
  }
  for (let i = 0, part = parts; i < outputs; i++, part += JpegPart.words << 2) {
    const samples = address(part, JpegPart.samples);
    const stride = address(part, JpegPart.stride);
    memory.copy(samples, samples + stride * <usize>(8 * int(part, JpegPart.down)), stride);
  }
}
