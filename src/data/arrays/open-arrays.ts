import { PixscaleError, setting, UsageError } from "../../errors.ts";
import {
  formatShape,
  imageSize,
  type Labels,
  newPixels,
  type PixelType,
  type Split,
  type SplitsInfo,
} from "../dataset.ts";
import type { DataOptions, ReadOption } from "../format.ts";
import { DEFAULT_TEST_SPLIT, drawTestImages, requireNoTestSplit } from "../images/hold-out.ts";
import { ARRAY_LAYOUTS, FOLDER_LAYOUTS } from "../images/image-options.ts";
import type { DataSource, SplitSource } from "../source.ts";
import { decodeNumbers } from "./element-type.ts";
import { copyImages, type ImageLayout, imageLayout, isImageByImage, requireSeveral } from "./image-layout.ts";
import { describeArrays, type NamedArray, readRows } from "./named-array.ts";
import { pixelValues, requireFloat32, requireNumbers } from "./pixel-values.ts";
import { findRoles, type SplitArrays } from "./roles.ts";
import { labelCount, labelsOf, readSplits } from "./split-labels.ts";

/** The options that arrays take. */
export const ARRAY_OPTIONS = [
  "layout",
  "channels",
  "shape",
  "testSplit",
  "splitSeed",
] as const satisfies readonly ReadOption[];

/** Bytes of an array that are read at a time. */
const PIECE_BYTES = 4 << 20;

/** The images of a split and where they are. */
interface Images {
  readonly array: NamedArray;
  readonly layout: ImageLayout;
  readonly labels: Labels;
}

/**
 * Opens the dataset that some arrays are. Labels are read at once, and pixels in pieces if images lie one after the other.
 *
 * @param subject the file or folder, for errors
 * @param isSvhn whether label 10 means 0
 * @throws PixscaleError if the arrays are no dataset; UsageError if options do not fit
 */
export async function openArrays(
  arrays: readonly NamedArray[],
  subject: string,
  options: DataOptions,
  isSvhn = false,
): Promise<DataSource> {
  if (FOLDER_LAYOUTS.some((layout) => layout === options.layout)) {
    const problem = "says how a folder of images is read, and these are arrays";
    throw new UsageError(setting("layout", options.layout), problem, `use ${ARRAY_LAYOUTS.join(" or ")}`);
  }
  const roles = findRoles(arrays, subject);
  const note = (text: string | undefined) => text !== undefined && options.observer?.onNote?.(text);
  note(roles.note);
  const { train, test, validation } = await readSplits(roles, note);
  const parts = [train, test, validation].filter((part) => part !== undefined);
  for (const { images } of parts) requireNumbers(images);
  if (parts.length === 1 && labelCount(train) === undefined) requireSeveral(train.images, options);
  const layouts = parts.map((part) => imageLayout(part.images, labelCount(part), options));
  requireSameShape(parts, layouts);
  const {
    labels,
    info,
    note: labelNote,
    hasNames,
  } = await labelsOf(parts, layouts, roles.classNames, isSvhn);
  const { type, note: typeNote } = await pixelValues(parts.map(({ images }) => images));
  const images: Images[] = parts.map((part, i) => ({
    array: part.images,
    layout: layouts[i],
    labels: labels[i],
  }));
  const others = [...roles.others, ...(roles.classNames && !hasNames ? [roles.classNames] : [])];
  const unused = others.length > 0 ? `arrays ignored: ${describeArrays(others)}` : undefined;
  for (const text of [...layouts.map((layout) => layout.note), typeNote, labelNote, unused]) note(text);
  const [first, ...rest] = images.map((each) => splitSource(each, type));
  const [tested, validated] = [test && rest.shift(), validation && rest.shift()];
  // Validation images serve as test images if there are no others.
  if (tested !== undefined || validated !== undefined) {
    requireNoTestSplit(options, `there are test images in ${(test ?? validation)?.images.name}`);
    const both = tested !== undefined && validated !== undefined;
    if (!both && tested === undefined) note("the validation images serve as test images");
    return { train: first, test: tested ?? validated, ...(both && { validation: validated }), ...info };
  }
  return drawTest(images[0], type, info, subject, options);
}

function requireSameShape(parts: readonly SplitArrays[], layouts: readonly ImageLayout[]): void {
  const [expected, ...others] = layouts.map(({ shape }) => formatShape(shape));
  const wrong = others.findIndex((shape) => shape !== expected);
  if (wrong < 0) return;
  const problem = `images of ${others[wrong]}, but "${parts[0].images.subject}" has ${expected} (height × width × channels)`;
  throw new PixscaleError(parts[wrong + 1].images.subject, problem, "use arrays of the same dataset");
}

function splitSource(
  images: Images,
  type: PixelType,
  isPicked?: (index: number) => boolean,
  count: number = images.layout.count,
): SplitSource {
  return {
    shape: images.layout.shape,
    type,
    count,
    subject: images.array.subject,
    pieces: () => pieces(images, type, isPicked),
  };
}

/** Draws test images where there are none. */
function drawTest(
  images: Images,
  type: PixelType,
  info: SplitsInfo,
  subject: string,
  options: DataOptions,
): DataSource {
  const testSplit = options.testSplit ?? (info.unlabelled ? 0 : DEFAULT_TEST_SPLIT);
  const { count, isTest } = drawTestImages(images.layout.count, subject, { ...options, testSplit });
  if (count === 0) return { train: splitSource(images, type), test: undefined, ...info };
  options.observer?.onNote?.(`${count} test image${count === 1 ? "" : "s"} drawn from ${images.array.name}`);
  return {
    train: splitSource(images, type, (index) => isTest[index] === 0, images.layout.count - count),
    test: splitSource(images, type, (index) => isTest[index] === 1, count),
    ...info,
  };
}

async function* pieces(
  { array, layout, labels }: Images,
  type: PixelType,
  isPicked: (index: number) => boolean = () => true,
): AsyncGenerator<Split> {
  const { shape, count } = layout;
  const size = imageSize(shape);
  const imageBytes = size * array.type.size;
  const most = isImageByImage(layout) ? Math.max(1, Math.floor(PIECE_BYTES / imageBytes)) : count;
  let first = 0;
  for await (const bytes of readRows(array, most * imageBytes)) {
    const values = decodeNumbers(bytes, array.type);
    if (type === "float32") requireFloat32(values, array.subject);
    const images = bytes.length / imageBytes;
    const pixels = newPixels(type, images * size);
    copyImages(values, layout, images, pixels, 0);
    yield pick(
      { pixels, labels: labels.subarray(first, first + images), count: images, shape },
      first,
      isPicked,
    );
    first += images;
  }
}

/** Keeps the images of a piece that are picked, in place. */
function pick(piece: Split, first: number, isPicked: (index: number) => boolean): Split {
  const size = imageSize(piece.shape);
  const labels = piece.labels.slice();
  let kept = 0;
  for (let i = 0; i < piece.count; i++) {
    if (!isPicked(first + i)) continue;
    if (kept < i) piece.pixels.copyWithin(kept * size, i * size, (i + 1) * size);
    labels[kept++] = piece.labels[i];
  }
  return {
    pixels: piece.pixels.subarray(0, kept * size),
    labels: labels.subarray(0, kept),
    count: kept,
    shape: piece.shape,
  };
}
