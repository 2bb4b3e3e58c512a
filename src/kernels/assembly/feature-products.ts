/**
 * Exact sums of products of bytes: sums [8·aPanels][8·bPanels] += a · bᵀ, where a row of the sums belongs to a feature of a, and
 * the next one is `stride` bytes further. Panels hold eight features of many images as int16 [rows][8][2]: a row holds two images.
 * The sums must fit into 32 bits, so there are at most 2^14 rows in all calls together. Register tiles are 4 × 8 features; V8
 * keeps them in registers only if the sums are read before the loop.
 */
export function addPairProducts(
  a: usize,
  aPanels: i32,
  b: usize,
  bPanels: i32,
  rows: i32,
  sums: usize,
  stride: usize,
): void {
  const panelBytes = (<usize>rows) << 5;
  for (let i = 0; i < aPanels; i++, a += panelBytes) {
    for (let j = 0; j < bPanels; j++) {
      const panel = b + <usize>j * panelBytes;
      const to = sums + <usize>(i << 3) * stride + ((<usize>j) << 5);
      addPairTile(a, panel, panelBytes, to, stride);
      addPairTile(a + 16, panel, panelBytes, to + 4 * stride, stride);
    }
  }
}

/** Four features of a panel times the eight of another. */
function addPairTile(a: usize, b: usize, panelBytes: usize, to0: usize, stride: usize): void {
  const to1 = to0 + stride;
  const to2 = to1 + stride;
  const to3 = to2 + stride;
  let c00 = v128.load(to0);
  let c01 = v128.load(to0, 16);
  let c10 = v128.load(to1);
  let c11 = v128.load(to1, 16);
  let c20 = v128.load(to2);
  let c21 = v128.load(to2, 16);
  let c30 = v128.load(to3);
  let c31 = v128.load(to3, 16);
  const end = b + panelBytes;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x, b0));
    c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x, b0));
    c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x, b0));
    c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x, b0));
    c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x, b1));
    a += 32;
    b += 32;
  }
  v128.store(to0, c00);
  v128.store(to0, c01, 16);
  v128.store(to1, c10);
  v128.store(to1, c11, 16);
  v128.store(to2, c20);
  v128.store(to2, c21, 16);
  v128.store(to3, c30);
  v128.store(to3, c31, 16);
}

/**
 * Packs eight bytes of each of several images into a panel: int16 [rows][8][2]. An odd last image is paired with zeros.
 *
 * @param stride bytes from an image to the next
 */
export function packPairs(bytes: usize, stride: usize, images: i32, panel: usize): void {
  for (let image = 0; image < images; image += 2, bytes += 2 * stride, panel += 32) {
    const first = v128.load64_zero(bytes);
    const second = image + 1 < images ? v128.load64_zero(bytes + stride) : i8x16.splat(0);
    const low = i16x8.extend_low_i8x16_u(first);
    const high = i16x8.extend_low_i8x16_u(second);
    v128.store(panel, i16x8.shuffle(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(panel, i16x8.shuffle(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }
}

/** Adds `count` 32-bit integers to as many doubles, and leaves 0 in their place; count is a multiple of 4. */
export function moveSums(integers: usize, doubles: usize, count: i32): void {
  for (let i = 0; i < count; i += 4, integers += 16, doubles += 32) {
    const values = v128.load(integers);
    const high = i8x16.shuffle(values, values, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    v128.store(doubles, f64x2.add(v128.load(doubles), f64x2.convert_low_i32x4_s(values)));
    v128.store(doubles, f64x2.add(v128.load(doubles, 16), f64x2.convert_low_i32x4_s(high)), 16);
    v128.store(integers, i32x4.splat(0));
  }
}
