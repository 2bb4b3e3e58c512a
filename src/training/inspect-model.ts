import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Inspection, Inspector } from "../files/inspect-file.ts";
import { isAlive } from "../files/processes.ts";
import { writerOf } from "../files/write.ts";
import { loadScaler, MODEL_FILE, RUN_FILE, readModelFiles, readOrigin, SCALER_FILE } from "./saved-run.ts";

/**
 * Reads every file of a saved model and checks it as `evaluate` would; the weights are looked at with `model.json`, which names them.
 *
 * @throws PixscaleError if the folder cannot be listed
 */
export async function inspectModel(folder: string): Promise<Inspection> {
  const inspector = new Inspector();
  await inspector.look(join(folder, MODEL_FILE), () => readModelFiles(folder));
  // Models from elsewhere have neither.
  if (existsSync(join(folder, RUN_FILE)))
    await inspector.look(join(folder, RUN_FILE), () => readOrigin(folder));
  if (existsSync(join(folder, SCALER_FILE))) {
    await inspector.look(join(folder, SCALER_FILE), () => loadScaler(folder));
  }
  for (const name of readdirSync(folder)) {
    const writer = writerOf(name);
    if (writer !== undefined && !isAlive(writer)) inspector.addLeftOver(join(folder, name));
  }
  return inspector.found;
}
