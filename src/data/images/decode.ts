import { setting } from "../../errors.ts";
import { isBmp, isDib, isPlainBmp, readBmp } from "./bmp.ts";
import { orient, toColor } from "./convert.ts";
import { Fitter } from "./fit.ts";
import { coversGif, isGif, readGif } from "./gif.ts";
import { isJpeg, mediaBrands, startsWith } from "./headers.ts";
import type { Ignored } from "./ignored.ts";
import { loadAvif, loadJpeg, loadPng, loadTiff, loadWebp } from "./load-with-sharp.ts";
import { isPnm, readPnm } from "./pnm.ts";
import {
  hasAlpha,
  type Loaded,
  type LoadOptions,
  MAX_PIXELS,
  plainBytes,
  type Raster,
  shorts,
} from "./raster.ts";
import type { Reading } from "./reading.ts";
import { isTga, readTga } from "./tga.ts";
import { UnfitImage } from "./unfit-image.ts";

/** An image as a training pipeline sees it. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  /** 1 for gray, 3 for RGB. */
  readonly channels: number;
  /** HWC; 16-bit if the reading's depth is 16. */
  readonly values: Uint8Array | Uint16Array;
  /** Whether its EXIF orientation swapped height and width. */
  readonly turned: boolean;
  /** What the file carries and the reading ignores. */
  readonly ignored: Ignored;
}

/**
 * Decodes the first image of a file as the reading says, and hands it to `use`, which must not keep its pixels: they may lie in memory
 * to which the next image is decoded. Its format is found by content.
 *
 * @param fitter of this reading; one for many images is faster
 * @param maxPixels larger images are refused before they are decoded
 * @throws UnfitImage if the image needs another reading, or is too large
 * @throws Error with one reason if the file is damaged or its format is not supported
 * @throws PixscaleError if sharp is needed but not installed
 */
export async function useImage<Result>(
  file: Uint8Array,
  reading: Reading,
  use: (image: DecodedImage) => Result,
  fitter = new Fitter(reading),
  maxPixels = MAX_PIXELS,
): Promise<Result> {
  const bytes = plainBytes(file);
  const format = formatOf(bytes);
  const loaded = LOADERS[format](bytes, { ...reading, maxPixels });
  const { raster, icc, orientation } = loaded instanceof Promise ? await loaded : loaded;
  if (isGray16(format, bytes, raster)) checkDepth(reading);
  if (reading.like === "tensorflow") checkTensorflow(format, bytes, raster, reading);
  const turned = reading.exif === "apply" && orientation >= 5;
  const upright = reading.exif === "apply" ? orient(raster, orientation) : raster;
  const { height, width, channels, values } = fitter.apply(toColor(upright, reading));
  const ignored = {
    icc,
    exif: reading.exif === "ignore" && orientation !== 1,
    alpha: reading.alpha === "drop" && hasAlpha(raster),
    avif: format === "AVIF",
  };
  return use({ height, width, channels, values, turned, ignored });
}

/** An image whose pixels stay, also if they lie in the kernels' memory. */
export function ownImage(image: DecodedImage): DecodedImage {
  const { values } = image;
  if (!(values.buffer instanceof SharedArrayBuffer)) return image;
  // `slice` would fill the memory with zeros first.
  const bytes = plainBytes(Buffer.allocUnsafeSlow(values.byteLength));
  const copy = values instanceof Uint16Array ? shorts(bytes) : bytes;
  copy.set(values);
  return { ...image, values: copy };
}

const LOADERS = {
  JPEG: loadJpeg,
  PNG: loadPng,
  WebP: loadWebp,
  TIFF: loadTiff,
  AVIF: loadAvif,
  GIF: readGif,
  BMP: readBmp,
  PNM: readPnm,
  TGA: readTga,
} as const satisfies Record<string, (file: Uint8Array, reading: LoadOptions) => Loaded | Promise<Loaded>>;

type FormatName = keyof typeof LOADERS;

const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];

/** Formats that are known but not read, and how to convert them. */
const UNSUPPORTED: readonly [string, (file: Uint8Array) => boolean, string][] = [
  [
    "HEIC",
    (file) => HEIC_BRANDS.includes(mediaBrands(file)[0]),
    "convert to JPEG, for example with heif-convert",
  ],
  [
    "JPEG 2000",
    (file) => startsWith(file, "jP  ", 4) || startsWith(file, "\xff\x4f\xff\x51"),
    "convert to PNG, for example with opj_decompress",
  ],
  [
    "JPEG XL",
    (file) => startsWith(file, "JXL ", 4) || startsWith(file, "\xff\x0a"),
    "convert to PNG, for example with djxl",
  ],
  ["SVG", isSvg, "convert to PNG, for example with rsvg-convert"],
  ["PDF", (file) => startsWith(file, "%PDF"), "convert to PNG, for example with pdftoppm"],
  ["a float map (PFM)", (file) => /^P[fF]$/.test(latin1(file, 2)), "convert to 16-bit PNG"],
  ["ICO", (file) => startsWith(file, "\0\0\x01\0"), "convert to PNG"],
  ["Photoshop (PSD)", (file) => startsWith(file, "8BPS"), "convert to PNG"],
  ["OpenEXR", (file) => startsWith(file, "\x76\x2f\x31\x01"), "convert to 16-bit PNG"],
  ["DICOM", (file) => startsWith(file, "DICM", 128), "convert to 16-bit PNG"],
];

function latin1(file: Uint8Array, length: number): string {
  return Buffer.from(file.buffer, file.byteOffset, Math.min(length, file.length)).toString("latin1");
}

function isSvg(file: Uint8Array): boolean {
  return /^(\xef\xbb\xbf)?\s*<(\?xml[\s\S]*<svg|!--[\s\S]*<svg|!DOCTYPE svg|svg)[\s>]/.test(
    latin1(file, 4096),
  );
}

function isTiff(file: Uint8Array): boolean {
  return ["II*\0", "MM\0*", "II+\0", "MM\0+"].some((start) => startsWith(file, start));
}

/** @throws Error if it is not supported */
function formatOf(file: Uint8Array): FormatName {
  if (isJpeg(file)) return "JPEG";
  if (startsWith(file, "\x89PNG\r\n\x1a\n")) return "PNG";
  if (startsWith(file, "RIFF") && startsWith(file, "WEBP", 8)) return "WebP";
  if (isGif(file)) return "GIF";
  if (isTiff(file)) return "TIFF";
  if (isBmp(file)) return "BMP";
  if (isPnm(file)) return "PNM";
  if (mediaBrands(file).some((brand) => brand === "avif" || brand === "avis")) return "AVIF";
  const known = UNSUPPORTED.find(([, isIt]) => isIt(file));
  if (known !== undefined) throw new Error(`${known[0]} is not supported; ${known[2]}`);
  if (isDib(file)) return "BMP";
  if (isTga(file)) return "TGA";
  throw new Error(file.length === 0 ? "the file is empty" : "not an image of a known format");
}

/** Whether an image has Pillow's mode I;16 or I: 16-bit gray without an alpha channel, though a gray may be transparent. */
function isGray16(format: FormatName, file: Uint8Array, { space, channels, values }: Raster): boolean {
  if (!(values instanceof Uint16Array) || format === "AVIF") return false;
  // Bit depth and colour type of the header.
  return format === "PNG" ? file[24] === 16 && file[25] === 0 : space === "gray" && channels === 1;
}

/** @throws UnfitImage if 16-bit gray values would be clipped to 255 */
function checkDepth({ like, depth }: Reading): void {
  if (depth === 16 || like === "tensorflow") return;
  throw new UnfitImage(
    `16-bit gray values, which ${like} cuts off at 255`,
    `keep them with ${setting("depth", 16)}`,
  );
}

/**
 * Refuses what TensorFlow's `decode_image` fails on, and what it reads in a way of its own.
 *
 * @throws UnfitImage naming it
 */
function checkTensorflow(
  format: FormatName,
  file: Uint8Array,
  raster: Raster,
  { color, alpha }: Reading,
): void {
  const fails = (what: string, remedy: string): never => {
    throw new UnfitImage(`TensorFlow's decode_image fails on ${what}`, remedy);
  };
  const differs = (what: string, remedy: string): never => {
    throw new UnfitImage(`${what} is not reproduced as TensorFlow's decode_image reads it`, remedy);
  };
  if (format === "TIFF" || format === "AVIF" || format === "PNM" || format === "TGA")
    fails(format, "convert to PNG");
  if (format === "BMP" && !isPlainBmp(file, raster))
    differs("BMP other than plain 24 bits", "convert to PNG");
  if (format === "GIF" && !coversGif(file)) differs("a GIF with parts of images", "convert to PNG");
  if (format === "WebP" && alpha === "drop" && hasAlpha(raster)) fails("transparent WebP", "convert to PNG");
  if (raster.space === "cmyk") differs("CMYK", "convert to RGB");
  if (color === "rgb") return;
  if (format !== "JPEG" && format !== "PNG") fails(`${format} as gray`, "convert to PNG");
  if (!isGray(raster)) differs("colour as gray", `convert to gray PNG, or choose ${setting("color", "rgb")}`);
}

/** Whether an image has no colour, though it may be stored as RGB. */
function isGray({ space, channels, values }: Raster): boolean {
  if (space === "gray") return true;
  for (let i = 0; i < values.length; i += channels) {
    if (values[i] !== values[i + 1] || values[i] !== values[i + 2]) return false;
  }
  return true;
}
