import { startsWith } from "./headers.ts";
import { fastMultipliers } from "./jpeg/multipliers.ts";
import { ZIGZAG } from "./jpeg/zigzag.ts";
import { ByteReader, checkSize, type LoadOptions, type Raster } from "./raster.ts";

/**
 * JPEG with the fast inverse DCT of libjpeg, which TensorFlow's `decode_image` uses and sharp does not offer, for the files that
 * `decodeJpeg` leaves to others: progressive ones, rare sampling, and what is doubtful but readable. It cuts fractions off: the means
 * of red and blue are more than 1 of 255 lower than with the accurate DCT. Formulas are those of libjpeg-turbo: jidctfst.c,
 * jddctmgr.c, jdsample.c (fancy upsampling) and jdcolor.c.
 */

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly table: number;
  /** Blocks in a row and a column, up to whole MCUs. */
  readonly blocksAcross: number;
  readonly blocksDown: number;
  /** Size in samples. */
  readonly width: number;
  readonly height: number;
  readonly coefficients: Int16Array;
  dcCodes: Codes;
  acCodes: Codes;
  previousDc: number;
}

interface Frame {
  readonly height: number;
  readonly width: number;
  readonly isProgressive: boolean;
  readonly maxAcross: number;
  readonly maxDown: number;
  readonly components: readonly Component[];
}

/** Huffman codes: symbol and length by the next 16 bits would be large, so 9 bits are looked up and longer codes searched. */
interface Codes {
  /** Symbol + 256 × length of codes of at most 9 bits, by the next 9 bits; 0 for longer ones. */
  readonly short: Uint16Array;
  /** The largest code of each length, or −1, and where its symbol is. */
  readonly last: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: Uint8Array;
}

const LOOKUP = 9;

function codesOf(counts: Uint8Array, symbols: Uint8Array): Codes {
  const short = new Uint16Array(2 ** LOOKUP);
  const last = new Int32Array(18).fill(-1);
  const offset = new Int32Array(18);
  for (let length = 1, code = 0, at = 0; length <= 16; length++, code *= 2) {
    offset[length] = at - code;
    for (let i = 0; i < counts[length - 1]; i++, code++, at++) {
      if (length > LOOKUP) continue;
      const shift = LOOKUP - length;
      short.fill(symbols[at] + 256 * length, code << shift, (code + 1) << shift);
    }
    if (counts[length - 1] > 0) last[length] = code - 1;
  }
  return { short, last, offset, symbols };
}

const NO_CODES = codesOf(new Uint8Array(16), new Uint8Array(0));

/** The bits of a scan, up to the next marker. */
class Bits {
  readonly #file: Uint8Array;
  at: number;
  #buffer = 0;
  #count = 0;
  /** How many of the bits are from behind the end of the file. */
  #missing = 0;

  constructor(file: Uint8Array, at: number) {
    this.#file = file;
    this.at = at;
  }

  #fill(): void {
    while (this.#count <= 17) {
      let byte = 0;
      // Before a marker are zeros, as in libjpeg.
      if (this.at < this.#file.length) {
        byte = this.#file[this.at];
        if (byte !== 0xff) this.at++;
        else if (this.#file[this.at + 1] === 0) this.at += 2;
        else byte = 0;
      } else {
        this.#missing += 8;
      }
      this.#buffer = ((this.#buffer & 0x3ffff) << 8) | byte;
      this.#count += 8;
    }
  }

  read(length: number): number {
    if (length === 0) return 0;
    if (this.#count < length) this.#fill();
    this.#count -= length;
    return (this.#buffer >> this.#count) & ((1 << length) - 1);
  }

  /** A number of a length in bits: the lower half of the codes is negative. */
  signed(length: number): number {
    const value = this.read(length);
    return length > 0 && value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  symbol({ short, last, offset, symbols }: Codes): number {
    if (this.#count < 17) this.#fill();
    const found = short[(this.#buffer >> (this.#count - LOOKUP)) & (2 ** LOOKUP - 1)];
    if (found !== 0) {
      this.#count -= found >> 8;
      return found & 255;
    }
    for (let length = LOOKUP + 1; length <= 16; length++) {
      const code = (this.#buffer >> (this.#count - length)) & ((1 << length) - 1);
      if (last[length] < 0 || code > last[length]) continue;
      this.#count -= length;
      return symbols[code + offset[length]];
    }
    throw new Error("a damaged Huffman code");
  }

  /** @throws Error if bits from behind the end of the file were read */
  check(): void {
    if (this.#missing > this.#count) throw new Error("the file is cut off");
  }

  /** Begins at the restart marker behind the data read. */
  restart(): void {
    this.#buffer = 0;
    this.#count = 0;
    while (this.at < this.#file.length - 1) {
      if (
        this.#file[this.at] === 0xff &&
        this.#file[this.at + 1] >= 0xd0 &&
        this.#file[this.at + 1] <= 0xd7
      ) {
        this.at += 2;
        return;
      }
      // Another marker ends the scan.
      if (this.#file[this.at] === 0xff && this.#file[this.at + 1] > 0 && this.#file[this.at + 1] < 0xff)
        return;
      this.at++;
    }
  }
}

/**
 * Reads a gray or colour JPEG of 8 bits, baseline or progressive.
 *
 * @param color for gray, the luma is not converted to RGB and back
 * @returns undefined if it is CMYK
 * @throws Error if it is damaged or of another kind
 */
export function readJpegFast(
  file: Uint8Array,
  { color, maxPixels }: Pick<LoadOptions, "color" | "maxPixels">,
): Raster | undefined {
  const quantizers: Uint16Array[] = [];
  const dcCodes: Codes[] = [];
  const acCodes: Codes[] = [];
  let frame: Frame | undefined;
  let interval = 0;
  let isJfif = false;
  let adobeTransform: number | undefined;
  let isWhole = false;
  for (let at = 2; at + 2 <= file.length; ) {
    const marker = file[at + 1];
    if (file[at] !== 0xff || marker === 0xff || marker === 0 || (marker >= 0xd0 && marker <= 0xd7)) {
      at++;
      continue;
    }
    isWhole = marker === 0xd9;
    if (isWhole) break;
    const end = at + 2 + 256 * file[at + 2] + file[at + 3];
    const segment = new ByteReader(file.subarray(at + 4, end));
    const { bytes } = segment;
    if (marker === 0xe0 && startsWith(bytes, "JFIF")) isJfif = true;
    if (marker === 0xee && startsWith(bytes, "Adobe")) adobeTransform = bytes[11];
    if (marker === 0xdd) interval = 256 * segment.u8() + segment.u8();
    if (marker === 0xdb) readQuantizers(segment, quantizers);
    if (marker === 0xc4) {
      while (segment.at < bytes.length) {
        const place = segment.u8();
        const counts = segment.take(16);
        const codes = codesOf(counts, segment.take(counts.reduce((sum, count) => sum + count, 0)));
        (place < 16 ? dcCodes : acCodes)[place & 15] = codes;
      }
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      if (bytes[5] === 4) return undefined;
      if (marker > 0xc2 || bytes[0] !== 8 || (bytes[5] !== 1 && bytes[5] !== 3)) {
        throw new Error("a JPEG of a rare kind (lossless, arithmetic or 12 bits); convert to PNG");
      }
      if (frame !== undefined) break;
      frame = readFrame(segment, marker === 0xc2, file.length, maxPixels);
    }
    at = end;
    if (marker === 0xda) {
      if (frame === undefined) throw new Error("the frame header of the JPEG is missing");
      const count = segment.u8();
      const components = Array.from({ length: count }, () => {
        const [id, tables] = [segment.u8(), segment.u8()];
        const component = frame?.components.find((c) => c.id === id);
        if (component === undefined) throw new Error("a scan of an unknown component");
        component.dcCodes = dcCodes[tables >> 4] ?? NO_CODES;
        component.acCodes = acCodes[tables & 15] ?? NO_CODES;
        return component;
      });
      const [first, last, bits] = [segment.u8(), segment.u8(), segment.u8()];
      at = readScan(file, end, frame, components, { first, last, high: bits >> 4, low: bits & 15 }, interval);
    }
  }
  if (frame === undefined) throw new Error("the frame header of the JPEG is missing");
  if (!isWhole) throw new Error("the file is cut off");
  const isYcc = isColorDifference(frame, isJfif, adobeTransform);
  const components = color === "gray" && isYcc ? frame.components.slice(0, 1) : frame.components;
  return toRaster({ ...frame, components }, quantizers, isYcc);
}

/** Whether colours are YCbCr, by libjpeg's rules. */
function isColorDifference({ components }: Frame, isJfif: boolean, transform: number | undefined): boolean {
  if (isJfif) return true;
  if (transform !== undefined) return transform !== 0;
  return components.map(({ id }) => String.fromCharCode(id)).join("") !== "RGB";
}

function readQuantizers(segment: ByteReader, quantizers: Uint16Array[]): void {
  while (segment.at < segment.bytes.length) {
    const place = segment.u8();
    const table = new Uint16Array(64);
    for (const at of ZIGZAG) table[at] = place < 16 ? segment.u8() : 256 * segment.u8() + segment.u8();
    quantizers[place & 15] = table;
  }
}

function readFrame(segment: ByteReader, isProgressive: boolean, fileSize: number, maxPixels: number): Frame {
  segment.at = 1;
  const height = 256 * segment.u8() + segment.u8();
  const width = 256 * segment.u8() + segment.u8();
  checkSize(height, width, maxPixels);
  const found = Array.from({ length: segment.u8() }, () => {
    const [id, factors, table] = [segment.u8(), segment.u8(), segment.u8()];
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  if (found.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4)) {
    throw new Error("damaged sampling factors");
  }
  const maxAcross = Math.max(...found.map(({ across }) => across));
  const maxDown = Math.max(...found.map(({ down }) => down));
  // Each block takes a bit at least.
  if (height * width > 64 * 8 * fileSize) throw new Error("the file is cut off");
  const components = found.map((part) => {
    const blocksAcross = Math.ceil(width / 8 / maxAcross) * part.across;
    const blocksDown = Math.ceil(height / 8 / maxDown) * part.down;
    return {
      ...part,
      blocksAcross,
      blocksDown,
      width: Math.ceil((width * part.across) / maxAcross),
      height: Math.ceil((height * part.down) / maxDown),
      coefficients: new Int16Array(64 * blocksAcross * blocksDown),
      dcCodes: NO_CODES,
      acCodes: NO_CODES,
      previousDc: 0,
    };
  });
  return { height, width, isProgressive, maxAcross, maxDown, components };
}

interface Scan {
  readonly first: number;
  readonly last: number;
  readonly high: number;
  readonly low: number;
}

/** @returns where the scan ends */
function readScan(
  file: Uint8Array,
  at: number,
  frame: Frame,
  components: readonly Component[],
  scan: Scan,
  interval: number,
): number {
  const bits = new Bits(file, at);
  const state = { run: 0 };
  const block = blockReader(frame.isProgressive, scan, bits, state);
  const [single] = components;
  const isSingle = components.length === 1;
  // One component alone comes in its own rows of blocks; several come in MCUs.
  const across = isSingle ? Math.ceil(single.width / 8) : Math.ceil(frame.width / 8 / frame.maxAcross);
  const down = isSingle ? Math.ceil(single.height / 8) : Math.ceil(frame.height / 8 / frame.maxDown);
  for (let unit = 0; unit < across * down; unit++) {
    if (interval > 0 && unit > 0 && unit % interval === 0) {
      bits.restart();
      state.run = 0;
      for (const component of components) component.previousDc = 0;
    }
    // Now and then, so that a damaged header is not followed for long.
    if (unit % across === 0) bits.check();
    const [row, column] = [Math.floor(unit / across), unit % across];
    if (isSingle) {
      block(single, 64 * (row * single.blocksAcross + column));
      continue;
    }
    for (const component of components) {
      for (let y = 0; y < component.down; y++) {
        for (let x = 0; x < component.across; x++) {
          const place = (row * component.down + y) * component.blocksAcross + column * component.across + x;
          block(component, 64 * place);
        }
      }
    }
  }
  bits.check();
  for (const component of components) component.previousDc = 0;
  return bits.at;
}

/** Reads the coefficients of a block, or the part of them in a progressive scan. */
function blockReader(
  isProgressive: boolean,
  { first, last, high, low }: Scan,
  bits: Bits,
  state: { run: number },
): (component: Component, at: number) => void {
  const readDc = (component: Component): number => {
    component.previousDc += bits.signed(bits.symbol(component.dcCodes) & 15);
    return component.previousDc;
  };
  if (!isProgressive) {
    return (component, at) => {
      const { coefficients, acCodes } = component;
      coefficients[at] = readDc(component);
      for (let k = 1; k < 64; k++) {
        const symbol = bits.symbol(acCodes);
        const length = symbol & 15;
        if (length === 0) {
          if (symbol !== 0xf0) break;
          k += 15;
          continue;
        }
        k += symbol >> 4;
        if (k < 64) coefficients[at + ZIGZAG[k]] = bits.signed(length);
      }
    };
  }
  if (first === 0) {
    return (component, at) => {
      if (high === 0) component.coefficients[at] = readDc(component) << low;
      else if (bits.read(1) === 1) component.coefficients[at] |= 1 << low;
    };
  }
  if (high === 0) {
    return ({ coefficients, acCodes }, at) => {
      if (state.run > 0) {
        state.run--;
        return;
      }
      for (let k = first; k <= last; k++) {
        const symbol = bits.symbol(acCodes);
        const [zeros, length] = [symbol >> 4, symbol & 15];
        if (length === 0 && zeros < 15) {
          state.run = (1 << zeros) - 1 + bits.read(zeros);
          break;
        }
        k += zeros;
        if (length > 0 && k < 64) coefficients[at + ZIGZAG[k]] = bits.signed(length) << low;
      }
    };
  }
  return ({ coefficients, acCodes }, at) =>
    refine(coefficients, acCodes, at, { first, last, high, low }, bits, state);
}

/** Adds one bit to the coefficients that are known, and places new ones between. */
function refine(
  coefficients: Int16Array,
  codes: Codes,
  at: number,
  { first, last, low }: Scan,
  bits: Bits,
  state: { run: number },
): void {
  const bit = 1 << low;
  const improve = (place: number) => {
    if (bits.read(1) === 0 || (coefficients[place] & bit) !== 0) return;
    coefficients[place] += coefficients[place] >= 0 ? bit : -bit;
  };
  let k = first;
  if (state.run === 0) {
    for (; k <= last; k++) {
      const symbol = bits.symbol(codes);
      let zeros = symbol >> 4;
      let value = 0;
      if ((symbol & 15) !== 0) {
        value = bits.read(1) === 1 ? bit : -bit;
      } else if (zeros < 15) {
        state.run = (1 << zeros) + bits.read(zeros);
        break;
      }
      for (; k <= last; k++) {
        const place = at + ZIGZAG[k];
        if (coefficients[place] !== 0) improve(place);
        else if (zeros-- === 0) break;
      }
      if (value !== 0 && k < 64) coefficients[at + ZIGZAG[k]] = value;
    }
  }
  if (state.run === 0) return;
  for (; k <= last; k++) if (coefficients[at + ZIGZAG[k]] !== 0) improve(at + ZIGZAG[k]);
  state.run--;
}

/** Samples of a component, in whole blocks. */
function samplesOf(component: Component, quantizer: Uint16Array): { values: Uint8Array; stride: number } {
  const { coefficients, blocksAcross, blocksDown } = component;
  const scale = fastMultipliers(quantizer);
  const stride = 8 * blocksAcross;
  const values = new Uint8ClampedArray(stride * 8 * blocksDown);
  const work = new Int32Array(64);
  for (let block = 0; block < blocksAcross * blocksDown; block++) {
    for (let i = 0; i < 64; i++) work[i] = coefficients[64 * block + i] * scale[i];
    for (let column = 0; column < 8; column++) transform(work, column, 8);
    for (let row = 0; row < 8; row++) transform(work, 8 * row, 1);
    let at = Math.floor(block / blocksAcross) * 8 * stride + 8 * (block % blocksAcross);
    for (let row = 0; row < 64; row += 8, at += stride) {
      for (let x = 0; x < 8; x++) values[at + x] = (work[row + x] >> 5) + 128;
    }
  }
  return { values: new Uint8Array(values.buffer), stride };
}

/** Eight values of the inverse DCT by Arai, Agui and Nakajima, with factors of 8 bits and without rounding. */
function transform(work: Int32Array, at: number, step: number): void {
  const [i1, i2, i3] = [at + step, at + 2 * step, at + 3 * step];
  const [i4, i5, i6, i7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const sum04 = work[at] + work[i4];
  const difference04 = work[at] - work[i4];
  const sum26 = work[i2] + work[i6];
  const turned26 = (((work[i2] - work[i6]) * 362) >> 8) - sum26;
  const even0 = sum04 + sum26;
  const even3 = sum04 - sum26;
  const even1 = difference04 + turned26;
  const even2 = difference04 - turned26;
  const z13 = work[i5] + work[i3];
  const z10 = work[i5] - work[i3];
  const z11 = work[i1] + work[i7];
  const z12 = work[i1] - work[i7];
  const odd7 = z11 + z13;
  const z5 = ((z10 + z12) * 473) >> 8;
  const odd6 = ((z10 * -669) >> 8) + z5 - odd7;
  const odd5 = (((z11 - z13) * 362) >> 8) - odd6;
  const odd4 = ((z12 * 277) >> 8) - z5 + odd5;
  work[at] = even0 + odd7;
  work[i7] = even0 - odd7;
  work[i1] = even1 + odd6;
  work[i6] = even1 - odd6;
  work[i2] = even2 + odd5;
  work[i5] = even2 - odd5;
  work[i4] = even3 + odd4;
  work[i3] = even3 - odd4;
}

function toRaster(frame: Frame, quantizers: readonly Uint16Array[], isYcc: boolean): Raster {
  const { height, width, components } = frame;
  const planes = components.map((component) => {
    const quantizer = quantizers[component.table];
    if (quantizer === undefined) throw new Error("a quantization table is missing");
    return upsample(component, samplesOf(component, quantizer), frame);
  });
  if (planes.length === 1) return { height, width, channels: 1, space: "gray", values: planes[0] };
  const [first, second, third] = planes;
  const values = new Uint8ClampedArray(3 * height * width);
  for (let i = 0, to = 0; i < first.length; i++, to += 3) {
    const y = first[i];
    if (!isYcc) {
      values[to] = y;
      values[to + 1] = second[i];
      values[to + 2] = third[i];
      continue;
    }
    const [cb, cr] = [second[i] - 128, third[i] - 128];
    values[to] = y + ((91881 * cr + 32768) >> 16);
    values[to + 1] = y + ((-22554 * cb - 46802 * cr + 32768) >> 16);
    values[to + 2] = y + ((116130 * cb + 32768) >> 16);
  }
  return { height, width, channels: 3, space: "rgb", values: new Uint8Array(values.buffer) };
}

/** A component in the size of the image: neighbours weigh 3 to 1 where it has half the size, and others are repeated. */
function upsample(
  component: Component,
  { values, stride }: { values: Uint8Array; stride: number },
  { height, width, maxAcross, maxDown }: Frame,
): Uint8Array {
  const { width: columns, height: rows } = component;
  const [across, down] = [maxAcross / component.across, maxDown / component.down];
  const isFancyAcross = across === 2 && columns > 2;
  const isFancyDown = down === 2 && (across === 1 || isFancyAcross);
  const isFancy = (isFancyAcross && (down === 1 || down === 2)) || (isFancyDown && across === 1);
  const out = new Uint8Array(height * width);
  const line = new Uint16Array(columns);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / down);
    const near = values.subarray(row * stride, row * stride + columns);
    const to = y * width;
    if (!isFancy) {
      for (let x = 0; x < width; x++) out[to + x] = near[Math.floor(x / across)];
      continue;
    }
    if (!isFancyDown) {
      for (let x = 0; x < width; x++) out[to + x] = across === 1 ? near[x] : spread(near, x, 1, 2, 2);
      continue;
    }
    const other = Math.min(rows - 1, Math.max(0, y % 2 === 0 ? row - 1 : row + 1)) * stride;
    for (let x = 0; x < columns; x++) line[x] = 3 * near[x] + values[other + x];
    if (across === 1) for (let x = 0; x < width; x++) out[to + x] = (line[x] + (y % 2 === 0 ? 1 : 2)) >> 2;
    else for (let x = 0; x < width; x++) out[to + x] = spread(line, x, 8, 7, 4);
  }
  return out;
}

/** A value between two of half as many; the rounding of left and right halves differs, as in jdsample.c. */
function spread(
  values: Uint8Array | Uint16Array,
  x: number,
  leftRounding: number,
  rightRounding: number,
  shift: 2 | 4,
): number {
  const at = x >> 1;
  const isLeft = x % 2 === 0;
  const other = isLeft ? at - 1 : at + 1;
  const rounding = isLeft ? leftRounding : rightRounding;
  // At the edges a value counts four times.
  const neighbour = other < 0 || other >= values.length ? values[at] : values[other];
  return (3 * values[at] + neighbour + rounding) >> shift;
}
