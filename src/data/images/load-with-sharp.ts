import { orient } from "./convert.ts";
import { avifOrientation, jpegHeader, startsWith, tiffOrientation, tiffTag } from "./headers.ts";
import { decodeJpeg } from "./jpeg/decode-jpeg.ts";
import { readJpegFast } from "./jpeg-fast.ts";
import { loadSharp } from "./load-sharp.ts";
import { readPlainPng } from "./png.ts";
import {
  checkSize,
  type Loaded,
  type LoadOptions,
  plainBytes,
  type Raster,
  shorts,
  tooLarge,
} from "./raster.ts";

/**
 * Formats that sharp decodes. It passes on the stored values: no profile is applied unless the reading says so, and no colour space
 * is converted, except that gray with alpha becomes RGB with alpha.
 */

/** What sharp must know to leave the values as they are. */
interface Kind {
  readonly space: Raster["space"];
  readonly isDeep: boolean;
  readonly alpha: boolean;
  readonly icc: boolean;
}

/**
 * "error", not "warning": libvips warns about images that browsers and Pillow show without complaint.
 */
const FAIL_ON = "error";

/** The TIFF tag that says what a channel beside the colours is, and its value for alpha that colours are multiplied with. */
const EXTRA_SAMPLES = 338;
const PREMULTIPLIED = 1;

async function rasterOf(
  file: Uint8Array,
  kind: Kind,
  { icc, maxPixels }: LoadOptions,
): Promise<Pick<Loaded, "raster" | "icc">> {
  const sharp = await loadSharp();
  // libvips has no conversion of 16-bit gray.
  const isGray = kind.space === "gray" && !kind.alpha;
  const isConverted = icc === "apply" && kind.icc && !(kind.space === "gray" && kind.isDeep);
  const image = sharp(file, { failOn: FAIL_ON, limitInputPixels: maxPixels, ignoreIcc: !isConverted });
  if (kind.space === "cmyk" && !isConverted) image.pipelineColourspace("cmyk").toColourspace("cmyk");
  else if (isGray && !isConverted) image.toColourspace(kind.isDeep ? "grey16" : "b-w");
  else image.toColourspace(kind.isDeep ? "rgb16" : "srgb");
  // sharp converts 16-bit values to Display P3 first.
  if (isConverted && kind.isDeep) image.withIccProfile("srgb");
  const { data, info } = await withinLimit(
    image.raw({ depth: kind.isDeep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true }),
    maxPixels,
  );
  const { height, width, channels } = info;
  const space = channels === 1 ? "gray" : kind.space === "cmyk" && !isConverted ? "cmyk" : "rgb";
  const values = kind.isDeep ? shorts(data) : plainBytes(data);
  return { raster: { height, width, channels, space, values }, icc: kind.icc && !isConverted };
}

/** @throws UnfitImage instead of sharp's own error for an image of too many pixels */
async function withinLimit<Result>(work: Promise<Result>, maxPixels: number): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw /pixel limit/.test(String(error)) ? tooLarge("", maxPixels) : error;
  }
}

/**
 * Decoded by libjpeg-turbo or to the same bits, so the values are Pillow's. Both take all CMYK for Adobe's inverted inks. What is
 * not plain and whole is left to sharp, which decides about damage.
 *
 * @returns at once, without sharp, pixels that the next JPEG overwrites
 */
export function loadJpeg(file: Uint8Array, reading: LoadOptions): Loaded | Promise<Loaded> {
  const { components, icc, orientation } = jpegHeader(file);
  const space = components === 1 ? "gray" : components === 4 ? "cmyk" : "rgb";
  if (!(icc && reading.icc === "apply")) {
    const raster =
      reading.like === "tensorflow"
        ? (decodeJpeg(file, { dct: "fast", luma: reading.color === "gray" }) ?? readJpegFast(file, reading))
        : decodeJpeg(file, { dct: "accurate", luma: false });
    if (raster !== undefined) return { raster, icc, orientation };
  }
  return rasterOf(file, { space, icc, isDeep: false, alpha: false }, reading).then((found) => ({
    ...found,
    orientation,
  }));
}

/** @throws Error if the values are neither bytes nor 16-bit numbers, or the colour space is none of gray, RGB and CMYK */
async function kindOf(
  file: Uint8Array,
  { maxPixels }: LoadOptions,
): Promise<Kind & { readonly orientation: number }> {
  const sharp = await loadSharp();
  const image = sharp(file, { failOn: FAIL_ON, limitInputPixels: maxPixels });
  const {
    width,
    height,
    space,
    depth,
    hasAlpha,
    hasProfile,
    orientation = 1,
  } = await withinLimit(image.metadata(), maxPixels);
  checkSize(height, width, maxPixels);
  if (depth !== "uchar" && depth !== "ushort") {
    throw new Error(`values of type "${depth}" are not supported; convert to 8-bit or 16-bit PNG`);
  }
  const found = ({ "b-w": "gray", grey16: "gray", srgb: "rgb", rgb16: "rgb", cmyk: "cmyk" } as const)[
    space as string
  ];
  if (found === undefined) throw new Error(`colour space "${space}" is not supported; convert to RGB`);
  return { space: found, isDeep: depth === "ushort", alpha: hasAlpha, icc: hasProfile, orientation };
}

/** @returns at once, without sharp, if it is a plain one, pixels that the next PNG overwrites */
export function loadPng(file: Uint8Array, reading: LoadOptions): Loaded | Promise<Loaded> {
  const plain = readPlainPng(file, reading.maxPixels);
  if (plain !== undefined && !(plain.icc && reading.icc === "apply")) return { ...plain, orientation: 1 };
  return loadOtherPng(file, reading);
}

async function loadOtherPng(file: Uint8Array, reading: LoadOptions): Promise<Loaded> {
  const kind = await kindOf(file, reading);
  return { ...(await rasterOf(file, kind, reading)), orientation: kind.orientation };
}

/** Flags of an extended WebP header, which begins with VP8X. */
const [WEBP_ICC, WEBP_EXIF] = [0x20, 0x08];

export async function loadWebp(file: Uint8Array, reading: LoadOptions): Promise<Loaded> {
  const flags = startsWith(file, "VP8X", 12) ? file[20] : 0;
  // Looking for an orientation takes time, and most files have none.
  const kind =
    (flags & WEBP_EXIF) === 0
      ? ({ space: "rgb", isDeep: false, alpha: true, icc: (flags & WEBP_ICC) !== 0, orientation: 1 } as const)
      : await kindOf(file, reading);
  return { ...(await rasterOf(file, kind, reading)), orientation: kind.orientation };
}

const [PHOTOMETRIC, CIELAB] = [262, 8];

/** Turned as its orientation says: in TIFF that is part of the format, and Pillow does so too. */
export async function loadTiff(file: Uint8Array, reading: LoadOptions): Promise<Loaded> {
  if (tiffTag(file, PHOTOMETRIC)?.[0] === CIELAB) throw new Error("CIELAB is not supported; convert to RGB");
  const kind = await kindOf(file, reading);
  // Pillow divides by alpha after cutting values to 8 bits, libvips before.
  if (kind.isDeep && tiffTag(file, EXTRA_SAMPLES)?.[0] === PREMULTIPLIED) {
    throw new Error("16-bit colours premultiplied with alpha are not supported; convert to PNG");
  }
  const { raster, icc } = await rasterOf(file, kind, reading);
  return { raster: orient(raster, tiffOrientation(file)), icc, orientation: 1 };
}

/** Its decoder turns the image; here it is turned back, so that the reading decides. */
export async function loadAvif(file: Uint8Array, reading: LoadOptions): Promise<Loaded> {
  const { raster, icc } = await rasterOf(file, await kindOf(file, reading), reading);
  const orientation = avifOrientation(file);
  // A quarter turn is undone by the opposite one, all others by themselves.
  const back = orientation === 6 ? 8 : orientation === 8 ? 6 : orientation;
  return { raster: orient(raster, back), icc, orientation };
}
