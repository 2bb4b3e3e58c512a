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
import { numberLabels, readLabels, type WrittenLabels } from "./array-labels.ts";
import { decodeNumbers, decodeTexts } from "./element-type.ts";
import { copyImages, type ImageLayout, imageLayout, isImageByImage } from "./image-layout.ts";
import { describeArray, type NamedArray, readRows, readWhole } from "./named-array.ts";
import { pixelValues, requireFloat32, requireNumbers } from "./pixel-values.ts";
import { type ArrayRoles, findRoles, type SplitArrays } from "./roles.ts";

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
  const { train, test, validation, others } = roles;
  const note = (text: string | undefined) => text !== undefined && options.observer?.onNote?.(text);
  const parts = [train, test, validation].filter((part) => part !== undefined);
  for (const { images } of parts) requireNumbers(images);
  const written = await Promise.all(parts.map(({ labels }) => labels && readLabels(labels)));
  const layouts = parts.map(({ images }, i) => imageLayout(images, countOf(written[i]), options));
  requireSameShape(parts, layouts);
  const { labels, info, notes } = await labelsOf(roles, written, layouts, isSvhn);
  const { type, note: typeNote } = await pixelValues(parts.map(({ images }) => images));
  const images: Images[] = parts.map((part, i) => ({
    array: part.images,
    layout: layouts[i],
    labels: labels[i],
  }));
  const unused = others.length > 0 ? `arrays ignored: ${others.map(describeArray).join(", ")}` : undefined;
  for (const text of [...layouts.map((layout) => layout.note), typeNote, ...notes, unused]) note(text);
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

function countOf(written: WrittenLabels | undefined): number | undefined {
  return written?.values?.length;
}

function requireSameShape(parts: readonly SplitArrays[], layouts: readonly ImageLayout[]): void {
  const [expected, ...others] = layouts.map(({ shape }) => formatShape(shape));
  const wrong = others.findIndex((shape) => shape !== expected);
  if (wrong < 0) return;
  const problem = `images of ${others[wrong]}, but "${parts[0].images.subject}" has ${expected} (height × width × channels)`;
  throw new PixscaleError(parts[wrong + 1].images.subject, problem, "use arrays of the same dataset");
}

/** The labels of all splits, or zeros if one of them has none that could be used. */
async function labelsOf(
  { train, classNames: names }: ArrayRoles,
  written: readonly (WrittenLabels | undefined)[],
  layouts: readonly ImageLayout[],
  isSvhn: boolean,
): Promise<{ labels: readonly Labels[]; info: SplitsInfo; notes: readonly (string | undefined)[] }> {
  const usable = written.filter((each) => each?.values !== undefined) as WrittenLabels[];
  if (usable.length < written.length) {
    const several = written.find((each) => each !== undefined && each.values === undefined);
    const reason = several
      ? `"${several.subject}" gives images several labels or none, so they are read without labels`
      : `there are no labels for "${train.images.name}"${written.length > 1 ? " or another split" : ""}, so images are read without labels`;
    const labels = layouts.map(({ count }) => new Uint8Array(count));
    return { labels, info: { unlabelled: true }, notes: [reason] };
  }
  for (const [i, { subject, values }] of usable.entries()) {
    if (values?.length === layouts[i].count) continue;
    const problem = `${values?.length} labels, but there are ${layouts[i].count} images`;
    throw new PixscaleError(subject, problem, "use arrays of the same dataset");
  }
  const { labels, classNames, note } = numberLabels(usable, isSvhn);
  const listed = names && decodeTexts(await readWhole(names), names.type);
  const classes = Math.max(...labels.map(largestLabel)) + 1;
  const found = classNames ?? (listed && listed.length >= classes ? listed : undefined);
  return { labels, info: found ? { classNames: found } : {}, notes: [note] };
}

function largestLabel(labels: Labels): number {
  let largest = 0;
  for (const label of labels) largest = Math.max(largest, label);
  return largest;
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
