import type { Dataset } from "../data/dataset.ts";
import { datasetFingerprint } from "../data/fingerprint.ts";
import { openDataset } from "../data/load.ts";
import { PixscaleError } from "../errors.ts";
import type { ExperimentIdentity } from "../experiment/identity.ts";

/** The data of an experiment, or a text that says why they are not there any more. */
export async function experimentData({
  data,
  dataset,
  reading,
}: ExperimentIdentity): Promise<Dataset | string> {
  try {
    const found = await openDataset(data, { ...reading });
    return datasetFingerprint(found) === dataset ? found : `${data} holds other images now`;
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    return error.message;
  }
}
