/** Factors of coefficients that contain what the inverse DCT of libjpeg begins with, from a table of a file: uint16 [8][8]. */

/** Scale factors of the AAN transform in 14 bits: products of √2·cos(kπ/16), as in jddctmgr.c. */
const AAN = aanScales();

function aanScales(): Float64Array {
  const factor = (k: number) => (k === 0 ? 1 : Math.SQRT2 * Math.cos((k * Math.PI) / 16));
  return Float64Array.from({ length: 64 }, (_, i) => Math.round(16384 * factor(i >> 3) * factor(i & 7)));
}

/** For the fast transform, whose results keep 2 bits of fractions. */
export function fastMultipliers(quantizer: Uint16Array): Uint16Array {
  return quantizer.map((factor, i) => (factor * AAN[i] + 2048) >> 12);
}
