import { parentPort, workerData } from "node:worker_threads";
import type { Dataset as H5Dataset } from "h5wasm/node";
import { type SentError, toSent } from "../../sent-error.ts";
import { closeHdf5, damagedHdf5, loadH5wasm, openHdf5 } from "./load-h5wasm.ts";

/** The thread of `readTexts`: reads the texts of a dataset, sends them, and ends. */

export interface TextWork {
  readonly path: string;
  /** Of the dataset. */
  readonly name: string;
}

export type TextReply = { readonly texts: readonly string[] } | { readonly error: SentError };

const { path, name } = workerData as TextWork;
parentPort?.postMessage(await reply());

async function reply(): Promise<TextReply> {
  try {
    const file = openHdf5(await loadH5wasm(), path);
    const texts = [(file.get(name) as H5Dataset).value].flat().map(String);
    closeHdf5(file);
    return { texts };
  } catch (cause) {
    return { error: toSent(damagedHdf5(path, cause)) };
  }
}
