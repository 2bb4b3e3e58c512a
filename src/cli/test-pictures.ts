import { imageSize } from "../data/dataset.ts";
import { datasetFingerprint } from "../data/fingerprint.ts";
import { openDataset } from "../data/load.ts";
import { inPieces, selectImages } from "../data/stored-split.ts";
import { PixscaleError } from "../errors.ts";
import type { ExperimentIdentity } from "../experiment/identity.ts";
import { encodePng } from "../export/png.ts";

/**
 * Test images of an experiment as PNG files, in the order asked for.
 *
 * @returns a text that says why there are none, if the data are not there any more, or are others
 */
export async function testPictures(
  { data, dataset, reading }: ExperimentIdentity,
  images: readonly number[],
): Promise<readonly Buffer[] | string> {
  try {
    const found = await openDataset(data, { ...reading });
    if (datasetFingerprint(found) !== dataset) return `${data} holds other images now`;
    const pictures: Promise<Buffer>[] = [];
    for (const { pixels, count, shape } of inPieces(selectImages(found.test, Uint32Array.from(images)))) {
      const size = imageSize(shape);
      for (let i = 0; i < count; i++) {
        pictures.push(encodePng(pixels.subarray(i * size, (i + 1) * size), shape));
      }
    }
    return await Promise.all(pictures);
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    return error.message;
  }
}
