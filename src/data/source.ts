import { checkFits } from "../files/read.ts";
import {
  bytesPerValue,
  type ImageShape,
  imageSize,
  newPixels,
  type PixelType,
  pixelType,
  type Split,
  type Splits,
  type SplitsInfo,
  sliceSplit,
} from "./dataset.ts";

/** The images of one split, to be gone through in order without all being in memory. */
export interface SplitSource {
  readonly shape: ImageShape;
  readonly type: PixelType;
  /** Number of images; damaged ones among them are left out of the pieces. */
  readonly count: number;
  /** Names the split's file or folder in errors. */
  readonly subject: string;
  /**
   * Some whole images and their labels at a time, a few megabytes, in order. All labels have one type. Each call goes through them again.
   *
   * @throws PixscaleError while they are gone through, if one of them is bad
   */
  pieces(): AsyncIterable<Split>;
}

/** A dataset that was opened: known in shape, but not read yet. All splits have one shape and type. */
export interface DataSource extends SplitsInfo {
  readonly train: SplitSource;
  /** Undefined if there are no test images. */
  readonly test: SplitSource | undefined;
  /** Images to validate on, if the data have such. */
  readonly validation?: SplitSource;
  /**
   * Must be called once all pieces were gone through.
   *
   * @throws PixscaleError if something was found that all images had to be read for
   */
  check?(): void;
}

/** The source of splits that are in memory already. @param subject names them in errors */
export function memorySource(
  { train, test, validation, ...info }: Splits<Split>,
  subject: string,
): DataSource {
  const sourceOf = (split: Split): SplitSource => ({
    shape: split.shape,
    type: pixelType(split),
    count: split.count,
    subject,
    async *pieces() {
      yield split;
    },
  });
  return {
    ...info,
    train: sourceOf(train),
    test: test.count > 0 ? sourceOf(test) : undefined,
    ...(validation && { validation: sourceOf(validation) }),
  };
}

/**
 * Reads all images into memory.
 *
 * @throws PixscaleError if they are bad or do not fit
 */
export async function readSource(source: DataSource): Promise<Splits<Split>> {
  const { train, test, validation, check, ...info } = source;
  const splits = {
    train: await readSplit(train),
    test: test ? await readSplit(test) : noImages(train),
    ...(validation && { validation: await readSplit(validation) }),
  };
  check?.();
  return { ...splits, ...info };
}

async function readSplit(source: SplitSource): Promise<Split> {
  const { shape, count } = source;
  const size = imageSize(shape);
  let whole: Split | undefined;
  let kept = 0;
  for await (const piece of source.pieces()) {
    // Data in memory come in one piece, which need not be copied.
    if (piece.count === count) return piece;
    whole ??= emptySplit(source, piece.labels);
    whole.pixels.set(piece.pixels, kept * size);
    whole.labels.set(piece.labels, kept);
    kept += piece.count;
  }
  return whole === undefined ? noImages(source) : sliceSplit(whole, 0, kept);
}

/** @param like labels of the same type */
function emptySplit({ shape, type, count, subject }: SplitSource, like: Split["labels"]): Split {
  const length = count * imageSize(shape);
  checkFits(subject, length * bytesPerValue(type));
  const labels = like instanceof Uint8Array ? new Uint8Array(count) : new Uint16Array(count);
  return { pixels: newPixels(type, length), labels, count, shape };
}

function noImages({ shape, type }: SplitSource): Split {
  return { pixels: newPixels(type, 0), labels: new Uint8Array(0), count: 0, shape };
}
