import { createRequire } from "node:module";
import util from "node:util";
import { PixscaleError } from "../../../errors.ts";
import { explain, factsOf, notInstalled, type Trouble } from "./diagnosis.ts";
import { findPackage } from "./location.ts";

/** tfjs-node's functions are those of `@tensorflow/tfjs`, whose types need no native part. */
export type TensorFlow = typeof import("@tensorflow/tfjs");

export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  /** Of tfjs-node. */
  readonly version: string;
}

/**
 * Loads tfjs-node from the folder, by default the one `findPackage` finds, or says why not.
 *
 * @param threads that one operation may use; the first load in a process decides
 */
export function probeTensorFlow(threads: number, folder = findPackage()): LoadedTensorFlow | Trouble {
  if (folder === undefined) return notInstalled();
  restoreUtil();
  // TensorFlow reads both when it starts; its log would mix with the progress.
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
  throw new PixscaleError("--backend tensorflow", found.reason, `${found.remedy}, or use --backend wasm`);
}

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`. Node 22 warns of both on stderr and Node 23 removed the
 * first, so it gets its own on every version.
 */
function restoreUtil(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
