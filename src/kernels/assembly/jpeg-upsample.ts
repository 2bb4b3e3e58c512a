import { JpegPart, MARGIN } from "../jpeg-tables";
import { address, int } from "./table-access";

/**
 * Components in the size of the image, as libjpeg's fancy upsampling (jdsample.c) makes them: neighbours weigh 3 to 1 where a
 * component has half the size. The rounding differs between left and right, and upper and lower halves.
 */

/** Fewer columns than this are repeated instead, also downwards. */
const MIN_COLUMNS = 3;

/**
 * A row of a component in the width of the image.
 *
 * @param row of the image
 * @param firstRow of the component, in its samples behind the row above
 * @param sums scratch
 * @returns its address: in the component's samples if it has the size of the image
 */
export function upsampledRow(part: usize, row: i32, firstRow: i32, sums: usize): usize {
  const columns = int(part, JpegPart.columns);
  const isWide = int(part, JpegPart.scaleAcross) === 1;
  const isHigh = int(part, JpegPart.scaleDown) === 1;
  const stride = address(part, JpegPart.stride);
  const y = isHigh ? row : row >> 1;
  const near = address(part, JpegPart.samples) + <usize>(y - firstRow + 1) * stride;
  if (isWide && isHigh) return near;
  const to = address(part, JpegPart.upsampled);
  const isFancy = isWide || columns >= MIN_COLUMNS;
  const isLower = row & 1;
  let far = near;
  if (isFancy && !isHigh) {
    // At the edges, the row itself.
    if (isLower && y + 1 < int(part, JpegPart.rows)) far = near + stride;
    if (!isLower && y > 0) far = near - stride;
  }
  if (isWide) mixDown(near, far, isLower, columns, to);
  else if (!isFancy) repeatAcross(near, columns, to);
  else if (isHigh) mixAcross<u8>(near, near, columns, sums + MARGIN, to);
  else mixAcross<u16>(near, far, columns, sums + MARGIN, to);
  return to;
}

function mixDown(near: usize, far: usize, isLower: i32, columns: i32, to: usize): void {
  const half = i16x8.splat(<i16>(1 + isLower));
  for (const end = to + <usize>columns; to < end; to += 8, near += 8, far += 8) {
    const mixed = i16x8.shr_u(i16x8.add(weighted(near, far), half), 2);
    v128.store64_lane(to, i8x16.narrow_i16x8_u(mixed, mixed), 0);
  }
}

function repeatAcross(near: usize, columns: i32, to: usize): void {
  for (let x: usize = 0; x < <usize>columns; x++) store<u16>(to + (x << 1), <u16>load<u8>(near + x) * 0x101);
}

/** Mixes rows as 3 to 1 and then columns, if sums need 16 bits; only columns of `near` otherwise. */
function mixAcross<Sum>(near: usize, far: usize, columns: i32, sums: usize, to: usize): void {
  let at = sums;
  const end = sums + ((<usize>columns) << 1);
  for (; at < end; at += 16, near += 8, far += 8) {
    v128.store(at, sizeof<Sum>() === 2 ? weighted(near, far) : bytesAsWords(near));
  }
  // Beyond the edges, the last column again.
  store<u16>(sums - 2, load<u16>(sums));
  store<u16>(end, load<u16>(end - 2));
  const shift = sizeof<Sum>() === 2 ? 4 : 2;
  const left = i16x8.splat(sizeof<Sum>() === 2 ? 8 : 1);
  const right = i16x8.splat(sizeof<Sum>() === 2 ? 7 : 2);
  const three = i16x8.splat(3);
  for (at = sums; at < end; at += 16, to += 16) {
    const most = i16x8.mul(v128.load(at), three);
    const before = i16x8.shr_u(i16x8.add(i16x8.add(most, v128.load(at - 2)), left), shift);
    const behind = i16x8.shr_u(i16x8.add(i16x8.add(most, v128.load(at + 2)), right), shift);
    v128.store(to, v128.or(before, i16x8.shl(behind, 8)));
  }
}

/** Three times the eight bytes of one row plus those of another, uint16. */
function weighted(near: usize, far: usize): v128 {
  return i16x8.add(i16x8.mul(bytesAsWords(near), i16x8.splat(3)), bytesAsWords(far));
}

function bytesAsWords(from: usize): v128 {
  return i16x8.extend_low_i8x16_u(v128.load64_zero(from));
}
