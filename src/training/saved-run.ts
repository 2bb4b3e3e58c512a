import { existsSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_DATASET } from "../data/named/names.ts";
import { PixscaleError, setting } from "../errors.ts";
import { jsonText, readJson } from "../files/json.ts";
import { readBytes } from "../files/read.ts";
import { writeFiles } from "../files/write.ts";
import { type LayerNetwork, type ModelFiles, toLayers } from "../model/network.ts";
import type { Json } from "../model/tfjs/fields.ts";
import { withKeras2Names } from "../model/tfjs/keras3.ts";
import { WEIGHTS_FILE, weightFiles } from "../model/tfjs/manifest.ts";
import { Scaler } from "../scaling/scaler.ts";
import { RUN_FORMAT, type RunOrigin, runDocument, type SavedFrom } from "./run-document.ts";
import type { RunResult } from "./train.ts";

const MODEL_FILE = "model.json";
const SCALER_FILE = "scaler.json";
const RUN_FILE = "run.json";

/** A decoded model from a folder; `subject` is the path of its `model.json`. */
export interface SavedModel extends LayerNetwork {
  readonly subject: string;
}

/**
 * Writes `model.json`, `weights.bin`, `scaler.json` and `run.json` (settings and results) into a folder that exists.
 *
 * @param origin what the run was trained on; `evaluate` reads these data again
 * @throws PixscaleError as `writeFiles` does
 */
export function saveRun(folder: string, result: RunResult, origin: SavedFrom): void {
  const { json, bytes } = result.model;
  writeFiles(
    new Map<string, string | Uint8Array>([
      [join(folder, WEIGHTS_FILE), bytes],
      [join(folder, SCALER_FILE), jsonText(result.scaler)],
      [join(folder, RUN_FILE), jsonText(runDocument(origin, result))],
      [join(folder, MODEL_FILE), jsonText(json)],
    ]),
  );
}

/** Whether a folder holds a `model.json`. */
export function isModelFolder(folder: string): boolean {
  return existsSync(join(folder, MODEL_FILE));
}

/**
 * Reads and decodes `model.json` and its weights from a folder that pixscale or TensorFlow.js wrote.
 *
 * @throws PixscaleError if a file is missing or damaged, or the model has layers that pixscale does not know
 */
export async function loadModel(folder: string): Promise<SavedModel> {
  const files = await readModelFiles(folder);
  return { ...toLayers(files), subject: files.subject };
}

/**
 * Reads the same files without decoding them, for a backend that knows more layers.
 *
 * @throws PixscaleError if a file is missing or does not belong to a TensorFlow.js LayersModel
 */
export async function readModelFiles(folder: string): Promise<ModelFiles> {
  const subject = join(folder, MODEL_FILE);
  const json = await readJson(subject);
  const parts = await Promise.all(weightFiles(json, subject).map((name) => readBytes(join(folder, name))));
  return { json: withKeras2Names(json as Json), bytes: Buffer.concat(parts), subject };
}

/**
 * Reads the scaler that `saveRun` wrote.
 *
 * @throws PixscaleError if it is missing, as beside models from elsewhere, or damaged
 */
export async function loadScaler(folder: string): Promise<Scaler> {
  const subject = join(folder, SCALER_FILE);
  if (existsSync(folder) && !existsSync(subject)) {
    const problem = "does not exist, so how the model's images are scaled is not known";
    const remedy = `name the scaling it was trained with, such as ${setting("scaler", "normalize")}`;
    throw new PixscaleError(subject, problem, remedy);
  }
  return Scaler.fromJSON(await readJson(subject), subject);
}

/**
 * Reads what `predict` needs.
 *
 * @throws PixscaleError as `readModelFiles` and `loadScaler` do
 */
export async function loadRun(folder: string): Promise<{ model: ModelFiles; scaler: Scaler }> {
  return { model: await readModelFiles(folder), scaler: await loadScaler(folder) };
}

/** What a model was trained on, as far as its folder says. */
export type SavedOrigin = Required<Pick<RunOrigin, "data" | "reading">> & Pick<RunOrigin, "classNames">;

/**
 * Reads from `run.json` what a model was trained on: `mnist` if there is no such file, as with models from elsewhere.
 *
 * @throws PixscaleError if the file is damaged
 */
export async function readOrigin(folder: string): Promise<SavedOrigin> {
  const subject = join(folder, RUN_FILE);
  if (!existsSync(subject)) return { data: DEFAULT_DATASET, reading: {} };
  const run = ((await readJson(subject)) ?? {}) as Partial<RunOrigin> & { format?: string };
  const { format, data, reading = {}, classNames } = run;
  const known =
    format === RUN_FORMAT &&
    typeof data === "string" &&
    typeof reading === "object" &&
    reading !== null &&
    (classNames === undefined || Array.isArray(classNames));
  if (!known) {
    throw new PixscaleError(
      subject,
      `not a "${RUN_FORMAT}" document`,
      "save the run again, or delete the file",
    );
  }
  return { data, reading, ...(classNames && { classNames }) };
}
