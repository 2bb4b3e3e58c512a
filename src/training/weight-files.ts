import { realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { PixscaleError } from "../errors.ts";
import { fileError, readBytes, requireFile } from "../files/read.ts";
import { checkWeightBytes } from "../model/tfjs/manifest.ts";

/**
 * Reads the weights files of a model. A `model.json` from elsewhere may name any file, so they must lie in its folder, and be as long as
 * it says before a byte is read.
 *
 * @param folder of the model
 * @param names as the `model.json` gives them
 * @param json the content of the `model.json`
 * @param subject its path
 * @throws PixscaleError if a file is missing or elsewhere, or their length is another
 */
export async function readWeightFiles(
  folder: string,
  names: readonly string[],
  json: unknown,
  subject: string,
): Promise<Uint8Array[]> {
  const lengths = names.map((name) => fileLength(folder, name, subject));
  checkWeightBytes(
    json,
    lengths.reduce((sum, length) => sum + length, 0),
    subject,
  );
  return Promise.all(names.map((name) => readBytes(join(folder, name))));
}

function fileLength(folder: string, name: string, subject: string): number {
  const path = join(folder, name);
  try {
    const info = statSync(path);
    // Links are followed, so that none leads out of the folder.
    if (!realpathSync(path).startsWith(realpathSync(folder) + sep)) {
      const problem = `names the weights file "${name}", which is not in its folder`;
      throw new PixscaleError(subject, problem, "copy the file there, and name it so");
    }
    requireFile(path, info);
    return info.size;
  } catch (error) {
    throw fileError(path, error);
  }
}
