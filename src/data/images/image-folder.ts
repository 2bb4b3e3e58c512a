import { PixscaleError } from "../../errors.ts";
import { checkFits } from "../../files/read.ts";
import { imageSize, newLabels, type Split } from "../dataset.ts";
import type { DataOptions, Format } from "../format.ts";
import { DamageReport } from "./damage.ts";
import { decodeAll } from "./decode-all.ts";
import { countIgnored, type IgnoredCounts, NOTHING_IGNORED, pixelNotes } from "./ignored.ts";
import { firstKind, ImageDecoder, type ImageKind, imageKind } from "./image-decoder.ts";
import type { ImageFile, ImageFiles } from "./image-files.ts";
import { isImageName } from "./image-names.ts";
import { ImageSizes, severalSizes } from "./image-sizes.ts";
import { understandFolder } from "./layout.ts";

/** Folders of images; `understandFolder` says which. */
export const imagesFormat: Format = {
  name: "images",
  description: "a folder of images, with a subfolder for each class",
  isFolder: true,
  recognizes: ({ folders, files }) => folders.length > 0 || files.some(isImageName),
  async read(place, options) {
    const folder = await understandFolder(place, options);
    for (const note of folder.notes) options.observer?.onNote?.(note);
    const { classNames } = folder;
    const kind = await firstKind(folder.train, (first) => imageKind(first, options));
    const decoder = await ImageDecoder.of(options);
    // Everything is read before it is refused, so that one run shows what is there.
    const found = { sizes: new ImageSizes(), ignored: NOTHING_IGNORED, damage: new DamageReport(options) };
    const read = (files: ImageFiles) =>
      readSplit(files, { ...kind, classes: classNames?.length ?? 1 }, decoder, found, options);
    const train = await read(folder.train);
    const test = await read(folder.test);
    const validation = folder.validation.count > 0 ? await read(folder.validation) : undefined;
    found.damage.check();
    const { reading } = decoder;
    for (const note of pixelNotes(reading, found.ignored)) options.observer?.onNote?.(note);
    if (found.sizes.entries().length > 1) throw severalSizes(place.path, found.sizes);
    const labelled = classNames ? { classNames } : ({ unlabelled: true } as const);
    return { train, test, ...(validation && { validation }), ...labelled, reading };
  },
};

/** What is found while reading. */
interface Found {
  readonly sizes: ImageSizes;
  readonly damage: DamageReport;
  ignored: IgnoredCounts;
}

async function readSplit(
  images: ImageFiles,
  { shape, levels, classes }: ImageKind & { readonly classes: number },
  decoder: ImageDecoder,
  found: Found,
  { observer = {} }: DataOptions,
): Promise<Split> {
  const files: ImageFile[] = [];
  for await (const file of images) files.push(file);
  const size = imageSize(shape);
  const length = files.length * size;
  checkFits(files[0]?.path ?? "images", levels === 256 ? length : 2 * length);
  const pixels = levels === 256 ? new Uint8Array(length) : new Uint16Array(length);
  const labels = newLabels(files.length, classes);
  labels.set(files.map(({ label }) => label));
  const paths = files.map(({ path }) => path);
  const skipped = await decodeAll(decoder, paths, found.damage, observer, (index, image) => {
    found.sizes.add(image);
    found.ignored = countIgnored(found.ignored, image.ignored);
    if (image.values.length === size) pixels.set(image.values, index * size);
  });
  if (skipped.length === files.length && files.length > 0) {
    const problem = "neither this nor any other image of its split can be decoded";
    throw new PixscaleError(files[0].path, problem, "replace them");
  }
  return dropImages({ pixels, labels, count: files.length, shape }, skipped);
}

/** Closes the gaps that dropped images leave, in place. */
function dropImages({ pixels, labels, count, shape }: Split, dropped: readonly number[]): Split {
  const size = imageSize(shape);
  dropped.forEach((image, i) => {
    const [from, to] = [image + 1, dropped[i + 1] ?? count];
    pixels.copyWithin((image - i) * size, from * size, to * size);
    labels.copyWithin(image - i, from, to);
  });
  const kept = count - dropped.length;
  return { pixels: pixels.subarray(0, kept * size), labels: labels.subarray(0, kept), count: kept, shape };
}
