import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { builtFile } from "../../built.ts";
import { PixscaleError } from "../../errors.ts";
import { fromSent } from "../../sent-error.ts";
import type { TextReply, TextWork } from "./text-thread.ts";

/** Longer than any list of labels takes. */
const MOST_MILLISECONDS = 60_000;

/**
 * Texts of variable length, as UTF-8. A thread reads them: where the heap that holds them is damaged, HDF5's library may never return.
 *
 * @param name of the dataset
 * @throws PixscaleError if they are damaged
 */
export async function readTexts(
  path: string,
  name: string,
  most: number = MOST_MILLISECONDS,
): Promise<Buffer[]> {
  const work: TextWork = { path, name };
  const worker = new Worker(builtFile("data/hdf5/text-thread.js"), { workerData: work, execArgv: [] });
  try {
    const [reply] = (await once(worker, "message", { signal: AbortSignal.timeout(most) })) as [TextReply];
    if ("error" in reply) throw fromSent(reply.error);
    return reply.texts.map((text) => Buffer.from(text));
  } catch (cause) {
    if (!(cause instanceof Error && cause.name === "AbortError")) throw cause;
    const problem = `its texts cannot be read within ${most / 1000} seconds`;
    throw new PixscaleError(`${path}/${name}`, problem, "save or download it again", { cause });
  } finally {
    await worker.terminate();
  }
}
