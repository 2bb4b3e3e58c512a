import { PixscaleError } from "../../errors.ts";
import { imageSize, newLabels, newPixels, type PixelType, type Split, sliceSplit } from "../dataset.ts";
import type { DataOptions, Format } from "../format.ts";
import type { DataSource, SplitSource } from "../source.ts";
import { DamagedImage, DamageReport } from "./damage.ts";
import { decodeInOrder } from "./decode-in-order.ts";
import { countIgnored, type IgnoredCounts, NOTHING_IGNORED, pixelNotes } from "./ignored.ts";
import { firstKind, ImageDecoder, type ImageKind, imageKind } from "./image-decoder.ts";
import type { ImageFiles, ImageSet } from "./image-files.ts";
import { ImageSizes, severalSizes } from "./image-sizes.ts";

/** Bytes of the pixels that are yielded at a time. */
const PIECE_BYTES = 4 << 20;

/** What is found while images are decoded. */
interface Found {
  readonly sizes: ImageSizes;
  readonly damage: DamageReport;
  ignored: IgnoredCounts;
}

/**
 * Opens encoded images, whose first training image says what shape all must have. Everything is read before it is refused, so
 * that one run shows what is there.
 *
 * @param subject names them in errors
 * @throws PixscaleError if no training image can be decoded
 */
export async function openImages(set: ImageSet, subject: string, options: DataOptions): Promise<DataSource> {
  for (const note of [...set.notes, ...set.leftOut]) options.observer?.onNote?.(note);
  const kind = await firstKind(set.train, (first) => imageKind(first, options));
  const decoder = new ImageDecoder(options);
  const { classNames } = set;
  const found = {
    sizes: new ImageSizes(),
    ignored: NOTHING_IGNORED,
    damage: new DamageReport(options, set.leftOut),
  };
  const split = (files: ImageFiles): SplitSource => ({
    shape: kind.shape,
    type: typeOf(kind),
    count: files.count,
    subject,
    pieces: () => decodePieces(files, kind, classNames?.length ?? 1, decoder, found, options),
  });
  return {
    train: split(set.train),
    test: set.test.count > 0 ? split(set.test) : undefined,
    ...(set.validation.count > 0 && { validation: split(set.validation) }),
    ...(classNames ? { classNames } : ({ unlabelled: true } as const)),
    reading: decoder.reading,
    check() {
      found.damage.check();
      for (const note of pixelNotes(decoder.reading, found.ignored)) options.observer?.onNote?.(note);
      if (found.sizes.entries().length > 1) throw severalSizes(subject, found.sizes);
    },
  };
}

function typeOf({ levels }: ImageKind): PixelType {
  return levels === 256 ? "uint8" : "uint16";
}

async function* decodePieces(
  files: ImageFiles,
  kind: ImageKind,
  classes: number,
  decoder: ImageDecoder,
  found: Found,
  { observer = {} }: DataOptions,
): AsyncGenerator<Split> {
  const { shape } = kind;
  const size = imageSize(shape);
  const type = typeOf(kind);
  const perPiece = Math.max(1, Math.floor(PIECE_BYTES / (type === "uint8" ? size : 2 * size)));
  const newPiece = (): Split => ({
    pixels: newPixels(type, perPiece * size),
    labels: newLabels(perPiece, classes),
    count: perPiece,
    shape,
  });
  let piece = newPiece();
  let count = 0;
  let done = 0;
  let skipped = 0;
  let damaged: DamagedImage | undefined;
  for await (const { file, found: image } of decodeInOrder(decoder, files)) {
    observer.onImages?.(++done, files.count);
    if (image instanceof DamagedImage) {
      found.damage.add(image);
      damaged ??= image;
      skipped++;
      continue;
    }
    found.sizes.add(image);
    found.ignored = countIgnored(found.ignored, image.ignored);
    // Images of another size are refused once all are known.
    if (image.values.length !== size) continue;
    piece.pixels.set(image.values, count * size);
    piece.labels[count++] = file.label;
    if (count < perPiece) continue;
    yield piece;
    piece = newPiece();
    count = 0;
  }
  if (count > 0) yield sliceSplit(piece, 0, count);
  if (damaged !== undefined && skipped === files.count) {
    const problem = "neither this nor any other image of its split can be decoded";
    throw new PixscaleError(damaged.path, problem, "replace them");
  }
}

/** How a format finds encoded images, and opens what it finds. */
export function findingImages(
  findImages: NonNullable<Format["findImages"]>,
): Required<Pick<Format, "findImages" | "open">> {
  return {
    findImages,
    open: async (place, options) => openImages(await findImages(place, options), place.path, options),
  };
}
