import { checkSize, type Loaded, type LoadOptions, unpackBits } from "./raster.ts";

const SPACES = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d];
const [HASH, LF, CR] = [0x23, 0x0a, 0x0d];
/** Pillow's limit for the digits of a number. */
const MAX_DIGITS = 10;

/** Whether a file starts like PBM, PGM or PPM (P1 to P6). */
export function isPnm(file: Uint8Array): boolean {
  return file[0] === 0x50 && file[1] >= 0x31 && file[1] <= 0x36 && SPACES.includes(file[2]);
}

/**
 * Reads PBM, PGM and PPM as Pillow does: 1 is black in bitmaps; values are scaled by 255 / maxval and rounded to even. Where maxval
 * is above 255, gray is scaled to 65535 instead, and with 16 bits colour is too.
 *
 * @throws UnfitImage if it is too large; Error if the file is damaged
 */
export function readPnm(
  file: Uint8Array,
  { depth, maxPixels }: Pick<LoadOptions, "depth" | "maxPixels">,
): Loaded {
  const kind = file[1] - 0x30;
  const text = new Tokens(file, 2);
  const [width, height] = [text.number(), text.number()];
  checkSize(height, width, maxPixels);
  const loaded = (channels: 1 | 3, values: Uint8Array | Uint16Array): Loaded => {
    const space = channels === 1 ? "gray" : "rgb";
    return { raster: { height, width, channels, space, values }, icc: false, orientation: 1 };
  };
  if (kind === 1) return loaded(1, bitmapText(text, height * width));
  if (kind === 4) {
    const stride = Math.ceil(width / 8);
    const bits = unpackBits(text.rest(stride * height), { height, width }, 1, stride);
    return loaded(
      1,
      bits.map((bit) => (bit === 0 ? 255 : 0)),
    );
  }
  const maxval = text.number();
  if (maxval === 0 || maxval > 65535) throw new Error(`a largest value of ${maxval}`);
  const channels = kind % 3 === 2 ? 1 : 3;
  const count = channels * height * width;
  const isWide = maxval > 255;
  const white = isWide && (depth === 16 || channels === 1) ? 65535 : 255;
  const scale = (value: number) => Math.min(white, roundHalfEven((value / maxval) * white));
  // Each value takes a character at least.
  if (count > text.left) throw new Error("the file is cut off");
  const values = white === 65535 ? new Uint16Array(count) : new Uint8Array(count);
  if (kind >= 5) {
    const bytes = text.rest(isWide ? 2 * count : count);
    for (let i = 0; i < count; i++)
      values[i] = scale(isWide ? 256 * bytes[2 * i] + bytes[2 * i + 1] : bytes[i]);
    return loaded(channels, values);
  }
  for (let i = 0; i < count; i++) {
    const value = text.number();
    if (value > maxval) throw new Error(`a value of ${value} above the largest, ${maxval}`);
    values[i] = scale(value);
  }
  return loaded(channels, values);
}

/** Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The digits of a plain bitmap need no space between them. */
function bitmapText(text: Tokens, count: number): Uint8Array {
  if (count > text.left) throw new Error("the file is cut off");
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const digit = text.character() - 0x30;
    if (digit !== 0 && digit !== 1) throw new Error("a value other than 0 and 1");
    values[i] = digit === 0 ? 255 : 0;
  }
  return values;
}

/** Whole numbers between white space, and comments from # to the end of the line. */
class Tokens {
  readonly #file: Uint8Array;
  #at: number;

  constructor(file: Uint8Array, at: number) {
    this.#file = file;
    this.#at = at;
  }

  get left(): number {
    return this.#file.length - this.#at;
  }

  /** The next number; the one white space after it is read too, so that binary values may follow. */
  number(): number {
    let digits = "";
    let character = this.character();
    for (;;) {
      if (character < 0x30 || character > 0x39) throw new Error("text where a number should be");
      digits += String.fromCharCode(character);
      if (digits.length > MAX_DIGITS) throw new Error("a number with too many digits");
      // A comment may interrupt a number, as in Pillow.
      while (this.#file[this.#at] === HASH) this.#skipComment();
      if (this.left === 0) return Number(digits);
      character = this.#file[this.#at++];
      if (SPACES.includes(character)) return Number(digits);
    }
  }

  /** The next character that is neither white space nor in a comment. */
  character(): number {
    for (;;) {
      if (this.left === 0) throw new Error("the file is cut off");
      if (this.#file[this.#at] === HASH) this.#skipComment();
      else if (SPACES.includes(this.#file[this.#at])) this.#at++;
      else return this.#file[this.#at++];
    }
  }

  /** The binary values behind the last number. */
  rest(length: number): Uint8Array {
    if (length > this.left) throw new Error("the file is cut off");
    return this.#file.subarray(this.#at, this.#at + length);
  }

  #skipComment(): void {
    while (this.left > 0 && this.#file[this.#at] !== LF && this.#file[this.#at] !== CR) this.#at++;
    this.#at++;
    if (this.left < 0) this.#at = this.#file.length;
  }
}
