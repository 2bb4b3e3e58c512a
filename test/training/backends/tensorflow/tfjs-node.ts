import { type LoadedTensorFlow, probeTensorFlow } from "../../../../src/training/backends/tensorflow/load.ts";

const found = probeTensorFlow(2);

/** tfjs-node, if it loads here. */
export const tfjsNode: LoadedTensorFlow | undefined = "tf" in found ? found : undefined;

/** Why it does not. */
export const reason = "tf" in found ? "" : `tfjs-node does not load: ${found.reason}`;
if (reason !== "") console.warn(`tests are skipped, ${reason}; ${(found as { remedy: string }).remedy}`);
