import { type ImageSplit, imageSize, pixelType } from "../../data/dataset.ts";
import { inPieces } from "../../data/stored-split.ts";
import { sumColumns } from "../../statistics/byte-sums.ts";
import { SecondMoments } from "../../statistics/second-moments.ts";
import { type AffineMap, spreadMap } from "../apply/affine-map.ts";
import type { FitImages } from "../steps/step-kind.ts";

/**
 * XᵀX of the training images as earlier steps leave them, centred on `mean`: [values of an image][values of an image].
 *
 * @throws PixscaleError if it does not fit into memory
 */
export function centredSecondMoments(images: FitImages, mean: Float64Array): Float64Array {
  const { train, threads } = images;
  const map = images.centredMap(mean);
  if (pixelType(train) === "uint8" && map !== undefined) return byteMoments(train, map, threads);
  const products = new SecondMoments(imageSize(train.shape), "doubles", threads);
  images.forEachCentredBlock(mean, (block) => products.addDoubles(block));
  const moments = products.matrix();
  products.close();
  return moments;
}

/** The training images as earlier steps leave them, centred on `mean`: [images][values of an image]. */
export function centredImages({ train, forEachCentredBlock }: FitImages, mean: Float64Array): Float64Array {
  const data = new Float64Array(train.count * imageSize(train.shape));
  let end = 0;
  forEachCentredBlock(mean, (block) => {
    data.set(block, end);
    end += block.length;
  });
  return data;
}

/**
 * Second moments of `scale·(x − shift)` from the exact ones of the bytes x:
 * Σ(x − a)(y − b) = Σxy − b·Σx − a·Σy + n·a·b.
 */
function byteMoments(train: ImageSplit, map: AffineMap, threads: number): Float64Array {
  const { shape, count } = train;
  const size = imageSize(shape);
  const { shift, scale } = spreadMap(map, size);
  const sums = new Float64Array(size);
  const products = new SecondMoments(size, "bytes", threads);
  for (const piece of inPieces(train)) {
    const pixels = piece.pixels as Uint8Array;
    sumColumns(pixels, size).sum.forEach((sum, i) => {
      sums[i] += sum;
    });
    products.addBytes(pixels);
  }
  const moments = products.matrix();
  products.close();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const centred = moments[i * size + j] - shift[j] * sums[i] - shift[i] * (sums[j] - count * shift[j]);
      moments[i * size + j] = centred * scale[i] * scale[j];
    }
  }
  return moments;
}
