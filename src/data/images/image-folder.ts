import { PixscaleError } from "../../errors.ts";
import { checkFits } from "../../files/read.ts";
import { imageSize, newLabels, type Split } from "../dataset.ts";
import type { DataOptions, Format } from "../format.ts";
import { decodeAll } from "./decode-all.ts";
import { firstKind, ImageDecoder, type ImageKind, imageKind } from "./image-decoder.ts";
import { type ImageFile, type ImageFiles, listImages } from "./image-files.ts";

/** One subfolder of images per class, in `train/` and `test/` or still to be split. */
export const imagesFormat: Format = {
  name: "images",
  description: "a folder with a subfolder of images for each class",
  isFolder: true,
  recognizes: ({ folders }) => folders.length > 0,
  async read(place, options) {
    const folder = await listImages(place, options);
    const kind = await firstKind(folder.train, (first) => imageKind(first, options));
    const decoder = await ImageDecoder.of(options);
    return {
      train: await readSplit(folder.train, folder.classNames.length, kind, decoder, options),
      test: await readSplit(folder.test, folder.classNames.length, kind, decoder, options),
      classNames: folder.classNames,
    };
  },
};

async function readSplit(
  images: ImageFiles,
  classes: number,
  { shape, levels }: ImageKind,
  decoder: ImageDecoder,
  { observer = {} }: DataOptions,
): Promise<Split> {
  const files: ImageFile[] = [];
  for await (const file of images) files.push(file);
  const size = imageSize(shape);
  const length = files.length * size;
  checkFits(files[0].path, levels === 256 ? length : 2 * length);
  const pixels = levels === 256 ? new Uint8Array(length) : new Uint16Array(length);
  const labels = newLabels(files.length, classes);
  labels.set(files.map(({ label }) => label));
  const paths = files.map(({ path }) => path);
  const skipped = await decodeAll(decoder, { shape, levels }, paths, observer, (index, { values }) =>
    pixels.set(values, index * size),
  );
  if (skipped.length === files.length) {
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
