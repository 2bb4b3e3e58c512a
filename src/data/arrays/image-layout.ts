import { PixscaleError, setting, UsageError } from "../../errors.ts";
import { type ImageShape, imageSize, type Pixels } from "../dataset.ts";
import type { DataOptions } from "../format.ts";
import type { Numbers } from "./element-type.ts";
import { describeArray, dimsText, elementCount, type NamedArray } from "./named-array.ts";

/** How an array holds images. */
export interface ImageLayout {
  readonly count: number;
  readonly shape: ImageShape;
  /** Elements from one image, row, column and channel to the next. */
  readonly strides: {
    readonly image: number;
    readonly row: number;
    readonly column: number;
    readonly channel: number;
  };
  /** Said of an unusual order; undefined for channels last. */
  readonly note: string | undefined;
}

/** The options that settle what an array's dimensions are. */
export type LayoutOptions = Pick<DataOptions, "layout" | "channels" | "shape">;

/** Which dimension is which. */
interface Order {
  readonly layout: "channels-last" | "channels-first";
  readonly image: number;
  readonly row: number;
  readonly column: number;
  /** Undefined for gray images without a dimension of channels. */
  readonly channel: number | undefined;
}

const LAST: Order = { layout: "channels-last", image: 0, row: 1, column: 2, channel: 3 };
const FIRST: Order = { layout: "channels-first", image: 0, row: 2, column: 3, channel: 1 };
/** Fewer values are no row of pixels, but a small image. */
const LEAST_ROW = 16;
/** As MATLAB saves images. */
const IMAGES_LAST: Order = { layout: "channels-last", image: 3, row: 0, column: 1, channel: 2 };
const GRAY: Order = { layout: "channels-last", image: 0, row: 1, column: 2, channel: undefined };
const GRAY_LAST: Order = { layout: "channels-last", image: 2, row: 0, column: 1, channel: undefined };

/** Channels that images have unless told otherwise: gray, RGB, RGB with alpha. */
const CHANNELS = [1, 3, 4];

/**
 * Says how an array holds images: [images][rows][columns] and perhaps [channels], channels first, or images last.
 *
 * @param labels number of labels, if there are any; it says which dimension counts the images
 * @throws PixscaleError if the dimensions cannot be those of images; UsageError if options settle nothing
 */
export function imageLayout(
  array: NamedArray,
  labels: number | undefined,
  options: LayoutOptions,
): ImageLayout {
  const dims = array.shape;
  if (elementCount(array) === 0) throw new PixscaleError(array.subject, "no values", "save it again");
  if (dims.length === 2 || isRow(dims)) return flatLayout(array, options);
  if (options.shape !== undefined) {
    throw new UsageError(
      setting("shape"),
      `is for flat images, but ${describeArray(array)} has rows and columns`,
      "leave it out",
    );
  }
  if (dims.length !== 3 && dims.length !== 4) {
    const remedy = `save (count, height, width) or (count, height, width, channels)`;
    throw new PixscaleError(array.subject, `shape ${dimsText(dims)} is not that of images`, remedy);
  }
  const orders = dims.length === 3 ? [GRAY, GRAY_LAST] : [LAST, FIRST, IMAGES_LAST];
  const fits = orders.filter((order) => isPossible(order, dims, labels, options));
  const [order, other] = dims.length === 3 ? fits.slice(0, 1) : fits;
  if (order === undefined) throw unclear(array, labels, options);
  if (other !== undefined) {
    const problem = `shape ${dimsText(dims)} could have its channels last or first`;
    const remedy = `say which with ${setting("layout", "channels-last")} or ${setting("layout", "channels-first")}`;
    throw new PixscaleError(array.subject, problem, remedy);
  }
  return inOrder(array, order);
}

/** Whether the pixels of an image lie in one row, with an empty dimension for a network's channels. */
function isRow([, first, second, ...others]: readonly number[]): boolean {
  return others.length === 0 && Math.min(first, second) === 1 && Math.max(first, second) >= LEAST_ROW;
}

function isPossible(
  order: Order,
  dims: readonly number[],
  labels: number | undefined,
  { layout, channels }: LayoutOptions,
): boolean {
  const found = order.channel === undefined ? 1 : dims[order.channel];
  const isCount = labels === undefined ? order !== GRAY_LAST : dims[order.image] === labels;
  if (!isCount) return false;
  if (layout !== undefined && layout !== order.layout) return false;
  if (channels !== undefined) return found === channels;
  // Without labels, a layout that was said means the usual order of images.
  return CHANNELS.includes(found) || (layout !== undefined && order !== IMAGES_LAST);
}

/**
 * Checks that an array without labels and without other splits is no single image.
 *
 * @throws PixscaleError if it could be one with colour
 */
export function requireSeveral(
  { shape: dims, subject }: NamedArray,
  { shape, channels }: LayoutOptions,
): void {
  const isColor = (found: number) => found === 3 || found === 4;
  if (dims.length !== 3 || shape !== undefined || channels !== undefined) return;
  if (!isColor(dims[2]) && !isColor(dims[0])) return;
  const problem = `shape ${dimsText(dims)} could be one image in colour, or ${dims[0]} in gray`;
  throw new PixscaleError(
    subject,
    problem,
    `say that they are gray with ${setting("channels", 1)}, or save several images in colour`,
  );
}

function unclear(
  array: NamedArray,
  labels: number | undefined,
  { layout, channels }: LayoutOptions,
): PixscaleError {
  const dims = dimsText(array.shape);
  if (labels !== undefined && !array.shape.includes(labels)) {
    return new PixscaleError(
      array.subject,
      `shape ${dims}, but there are ${labels} labels`,
      "use arrays of the same dataset",
    );
  }
  if (layout !== undefined || channels !== undefined) {
    const name = channels !== undefined ? setting("channels", channels) : setting("layout", layout);
    return new UsageError(
      name,
      `does not fit shape ${dims} of "${array.subject}"`,
      "choose another, or leave it out",
    );
  }
  const problem = `shape ${dims} is not that of images with 1, 3 or 4 channels`;
  const remedy = `say which dimension they are with ${setting("layout", "channels-first")} or ${setting("layout", "channels-last")}, or how many with ${setting("channels")}`;
  return new PixscaleError(array.subject, problem, remedy);
}

/** Images whose pixels lie in one row. */
function flatLayout(array: NamedArray, { shape, layout, channels: asked }: LayoutOptions): ImageLayout {
  const count = array.shape[0];
  const values = elementCount(array) / count;
  if (shape === undefined) {
    const problem = `shape ${dimsText(array.shape)} has a row of values for each image`;
    throw new PixscaleError(
      array.subject,
      problem,
      `say what they are with ${setting("shape")} (${shapeHint(values)})`,
    );
  }
  if (imageSize(shape) !== values) {
    const problem = `has ${imageSize(shape)} values, but an image of "${array.subject}" has ${values}`;
    throw new UsageError(setting("shape"), problem, `use another shape (${shapeHint(values)})`);
  }
  if (asked !== undefined && asked !== shape.channels) {
    const problem = `${setting("shape")} says ${shape.channels} channels`;
    throw new UsageError(setting("channels", asked), problem, "leave it out");
  }
  const { height, width, channels } = shape;
  // In Fortran order, the first values of all images come first.
  const step = array.isFortran ? count : 1;
  const isFirst = layout === "channels-first";
  return {
    count,
    shape,
    strides: {
      image: array.isFortran ? 1 : values,
      row: step * (isFirst ? width : width * channels),
      column: step * (isFirst ? 1 : channels),
      channel: step * (isFirst ? height * width : 1),
    },
    note: undefined,
  };
}

function shapeHint(values: number): string {
  for (const channels of [1, 3, 4]) {
    const side = Math.sqrt(values / channels);
    if (Number.isInteger(side)) return `such as ${side}x${side}${channels === 1 ? "" : `x${channels}`}`;
  }
  return `${values} values in all`;
}

function inOrder({ name, shape: dims, isFortran }: NamedArray, order: Order): ImageLayout {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let i = 0; i < dims.length; i++) {
    const dimension = isFortran ? i : dims.length - 1 - i;
    strides[dimension] = stride;
    stride *= dims[dimension];
  }
  const { image, row, column, channel } = order;
  const channels = channel === undefined ? 1 : dims[channel];
  const note =
    order === LAST || order === GRAY
      ? undefined
      : `${name} ${dimsText(dims)} is read with its ${order === FIRST ? "channels first" : "images last"}`;
  return {
    count: dims[image],
    shape: { height: dims[row], width: dims[column], channels },
    strides: {
      image: strides[image],
      row: strides[row],
      column: strides[column],
      channel: channel === undefined ? 1 : strides[channel],
    },
    note,
  };
}

/** Whether images lie one after the other, so that some can be read without the others. */
export function isImageByImage({ strides, shape, count }: ImageLayout): boolean {
  return count === 1 || strides.image === imageSize(shape);
}

/**
 * Writes images in the order of `Split.pixels`.
 *
 * @param values whole images as the layout has them
 * @param count how many images
 * @param to place of the first value in `out`
 */
export function copyImages(
  values: Numbers,
  { shape, strides }: ImageLayout,
  count: number,
  out: Pixels,
  to: number,
): void {
  const { height, width, channels } = shape;
  const { image, row, column, channel } = strides;
  const isInOrder =
    channel === 1 && column === channels && row === width * channels && image === height * row;
  if (isInOrder) {
    out.set(values.subarray(0, count * image), to);
    return;
  }
  let at = to;
  for (let n = 0; n < count; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = n * image + y * row + x * column;
        for (let c = 0; c < channels; c++) out[at++] = values[from + c * channel];
      }
    }
  }
}
