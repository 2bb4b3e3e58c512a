import { datasetFingerprint } from "../data/fingerprint.ts";
import { openDataset } from "../data/load.ts";
import { PixscaleError } from "../errors.ts";
import type { ExperimentIdentity } from "../experiment/identity.ts";
import { encodeImages } from "../export/png.ts";

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
    return await encodeImages(found.test, images);
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    return error.message;
  }
}
