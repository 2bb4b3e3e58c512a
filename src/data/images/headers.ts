/** What the headers of image files say that their decoder does not, found without decoding. */

export interface JpegHeader {
  /** 1 for gray, 3 for colour, 4 for CMYK. */
  readonly components: number;
  readonly icc: boolean;
  readonly orientation: number;
}

export function isJpeg(file: Uint8Array): boolean {
  return file[0] === 0xff && file[1] === 0xd8;
}

/** @throws Error if there is no frame header */
export function jpegHeader(file: Uint8Array): JpegHeader {
  let [icc, orientation] = [false, 1];
  for (let at = 2; at + 9 < file.length; ) {
    if (file[at] !== 0xff) {
      at++;
      continue;
    }
    const marker = file[at + 1];
    // Fill bytes, and markers without a segment.
    if (marker === 0xff || marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    const segment = file.subarray(at + 4, at + 2 + 256 * file[at + 2] + file[at + 3]);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { components: segment[5], icc, orientation };
    }
    if (marker === 0xe1 && startsWith(segment, "Exif\0\0"))
      orientation = tiffOrientation(segment.subarray(6));
    if (marker === 0xe2 && startsWith(segment, "ICC_PROFILE\0")) icc = true;
    at += 4 + segment.length;
  }
  throw new Error("the frame header of the JPEG is missing");
}

export function startsWith(file: Uint8Array, text: string, at = 0): boolean {
  if (file.length < at + text.length) return false;
  for (let i = 0; i < text.length; i++) if (file[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

const TIFF_TYPES: Readonly<Record<number, 1 | 2 | 4>> = { 1: 1, 3: 2, 4: 4 };

/**
 * The numbers of a tag of a TIFF file's first directory, or of EXIF data; undefined if it has no such tag or is damaged.
 *
 * BigTIFF has none, as it is not looked into.
 */
export function tiffTag(file: Uint8Array, tag: number): number[] | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const little = startsWith(file, "II");
  if (!little && !startsWith(file, "MM")) return undefined;
  try {
    if (view.getUint16(2, little) !== 42) return undefined;
    const directory = view.getUint32(4, little);
    const count = view.getUint16(directory, little);
    for (let i = 0; i < count; i++) {
      const at = directory + 2 + 12 * i;
      if (view.getUint16(at, little) !== tag) continue;
      const size = TIFF_TYPES[view.getUint16(at + 2, little)];
      const length = view.getUint32(at + 4, little);
      if (size === undefined || length > 64) return undefined;
      const from = size * length <= 4 ? at + 8 : view.getUint32(at + 8, little);
      const read = { 1: view.getUint8, 2: view.getUint16, 4: view.getUint32 }[size].bind(view);
      return Array.from({ length }, (_, k) => read(from + k * size, little));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

const ORIENTATION = 0x112;

/** EXIF orientation, 1 to 8; 1 if it is missing or no orientation. */
export function tiffOrientation(exif: Uint8Array): number {
  const found = tiffTag(exif, ORIENTATION)?.[0] ?? 1;
  return found >= 1 && found <= 8 ? found : 1;
}

/** The brands of an ISO base media file, such as "avif" or "heic"; none for other files. */
export function mediaBrands(file: Uint8Array): string[] {
  if (!startsWith(file, "ftyp", 4)) return [];
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const end = Math.min(bytes.readUInt32BE(0), bytes.length - 3, 256);
  const brands: string[] = [];
  for (let at = 8; at < end; at += 4) if (at !== 12) brands.push(bytes.toString("latin1", at, at + 4));
  return brands;
}

/**
 * The EXIF orientation that an AVIF's transformations (`irot` and `imir` of ISO 23008-12) amount to, 1 to 8. Its decoder applies
 * them; Pillow reports them as an orientation.
 */
export function avifOrientation(file: Uint8Array): number {
  let property: Uint8Array | undefined = file;
  for (const name of ["meta", "iprp", "ipco"]) property = property && box(property, name);
  if (property === undefined) return 1;
  // Quarter turns anticlockwise, then a mirror: 0 swaps top and bottom, 1 left and right.
  const turns = (box(property, "irot")?.[0] ?? 0) & 3;
  const mirror = box(property, "imir")?.[0];
  const table = mirror === undefined ? [1, 8, 3, 6] : (mirror & 1) === 0 ? [4, 5, 2, 7] : [2, 7, 4, 5];
  return table[turns];
}

/** The content of the first box of a name. */
function box(within: Uint8Array, name: string): Uint8Array | undefined {
  const bytes = Buffer.from(within.buffer, within.byteOffset, within.length);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (size < 8) return undefined;
    // `meta` has a version and flags before its boxes.
    if (startsWith(within, name, at + 4)) return within.subarray(at + (name === "meta" ? 12 : 8), at + size);
    at += size;
  }
  return undefined;
}
