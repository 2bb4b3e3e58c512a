import { createRequire } from "node:module";
import util from "node:util";
import { PixscaleError, setting } from "../../../errors.ts";
import { explain, factsOf, notInstalled, type Trouble } from "./diagnosis.ts";
import { findPackage } from "./location.ts";

/** tfjs-node has the functions of `@tensorflow/tfjs`, whose types need no native part. */
export type TensorFlow = typeof import("@tensorflow/tfjs");

export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  /** Of tfjs-node. */
  readonly version: string;
}

/**
 * Loads tfjs-node from the folder, by default the one `findPackage` finds, or explains why that fails.
 *
 * @param threads per operation; the first load in a process decides
 */
export function probeTensorFlow(threads: number, folder = findPackage()): LoadedTensorFlow | Trouble {
  if (folder === undefined) return notInstalled();
  restoreUtil();
  // TensorFlow reads both when it starts. Its log would mix with the progress.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  try {
    const tf = createRequire(import.meta.url)(folder);
    return { tf, version: tf.version["tfjs-node"] };
  } catch (error) {
    return explain(error, factsOf(folder));
  }
}

/** As `probeTensorFlow`. @throws PixscaleError naming what is wrong and the remedy */
export function loadTensorFlow(threads: number): TensorFlow {
  const found = probeTensorFlow(threads);
  if ("tf" in found) return found.tf;
  const remedy = `${found.remedy}, or use ${setting("backend", "wasm")}`;
  throw new PixscaleError(setting("backend", "tensorflow"), found.reason, remedy);
}

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`. Node 22 warns about both on stderr and Node 23 removed the
 * first, so tfjs-node gets its own on every version.
 */
function restoreUtil(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
