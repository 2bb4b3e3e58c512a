import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { builtFile } from "../../../built.ts";
import { oneLine, setting } from "../../../errors.ts";
import { notInstalled, type Trouble } from "./diagnosis.ts";
import { findPackage, TFJS_NODE } from "./location.ts";

/** Proof that tfjs-node trains as the built-in engine does, or what is wrong. */
export type TensorFlowCheck = { readonly detail: string } | Trouble;

const PROCESS = fileURLToPath(builtFile("training/backends/tensorflow/check-process.js"));

/**
 * Trains some steps with the tfjs-node in the folder, by default the one `findPackage` finds, in a separate process, because a
 * library that this processor or system cannot run kills its process.
 */
export async function checkTensorFlow(
  folder = findPackage(),
  signal?: AbortSignal,
): Promise<TensorFlowCheck> {
  if (folder === undefined) return notInstalled();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, folder], { signal });
    return JSON.parse(stdout) as TensorFlowCheck;
  } catch (error) {
    signal?.throwIfAborted();
    const { code, signal: killer, stderr } = error as { code?: number; signal?: string; stderr: string };
    const [line] = /^\w*Error: .*$/m.exec(stderr) ?? stderr.trim().split("\n").slice(-1);
    const words = line === "" ? "" : ` (${oneLine(line)})`;
    const reason = `training with ${TFJS_NODE} ended its process with ${killer ?? `status ${code}`}${words}`;
    return { reason, remedy: `use ${setting("backend", "wasm")} on this machine` };
  }
}
