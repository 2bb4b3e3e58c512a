import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { PixscaleError, setting } from "../errors.ts";
import { checkChecksum, withChecksum } from "../files/checked-json.ts";
import { sha256 } from "../files/hash.ts";
import { jsonText, parseJson, readJson } from "../files/json.ts";
import { readBytes } from "../files/read.ts";
import { hash, requireSchema } from "../files/schema.ts";
import { finishSet, writeSet } from "../files/write-set.ts";
import { type LayerNetwork, type ModelFiles, toLayers } from "../model/network.ts";
import type { Json } from "../model/tfjs/fields.ts";
import { withKeras2Names } from "../model/tfjs/keras3.ts";
import { WEIGHTS_FILE, weightFiles } from "../model/tfjs/manifest.ts";
import { Scaler } from "../scaling/scaler.ts";
import { RUN_FORMAT, type RunOrigin, runDocument, type SavedFrom } from "./run-document.ts";
import type { RunResult } from "./train.ts";
import { readWeightFiles } from "./weight-files.ts";

export const MODEL_FILE = "model.json";
export const SCALER_FILE = "scaler.json";
export const RUN_FILE = "run.json";

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
  const [model, scaler] = [jsonText(json), jsonText(result.scaler)];
  const files = { [WEIGHTS_FILE]: sha256(bytes), [SCALER_FILE]: sha256(scaler), [MODEL_FILE]: sha256(model) };
  const run = withChecksum({ ...runDocument(origin, result), files });
  writeSet(
    folder,
    new Map<string, string | Uint8Array>([
      [WEIGHTS_FILE, bytes],
      [SCALER_FILE, scaler],
      [RUN_FILE, jsonText(run)],
      [MODEL_FILE, model],
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
  finishSet(folder);
  const subject = join(folder, MODEL_FILE);
  const text = await readBytes(subject);
  const json = parseJson(text, subject);
  const names = weightFiles(json, subject);
  const parts = await readWeightFiles(folder, names, json, subject);
  await requireSums(
    folder,
    new Map([[MODEL_FILE, text], ...names.map((name, i) => [name, parts[i]] as const)]),
  );
  return { json: withKeras2Names(json as Json), bytes: Buffer.concat(parts), subject };
}

/**
 * Reads the scaler that `saveRun` wrote.
 *
 * @throws PixscaleError if it is missing, as beside models from elsewhere, or damaged
 */
export async function loadScaler(folder: string): Promise<Scaler> {
  finishSet(folder);
  const subject = join(folder, SCALER_FILE);
  if (existsSync(folder) && !existsSync(subject)) {
    const problem = "does not exist, so how the model's images are scaled is not known";
    const remedy = `name the scaling it was trained with, such as ${setting("scaler", "normalize")}`;
    throw new PixscaleError(subject, problem, remedy);
  }
  const text = await readBytes(subject);
  const scaler = Scaler.fromJSON(parseJson(text, subject), subject);
  await requireSums(folder, new Map([[SCALER_FILE, text]]));
  return scaler;
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
export type SavedOrigin = Required<Pick<RunOrigin, "reading">> &
  Pick<RunOrigin, "classNames" | "pixels"> & {
    /** Undefined if its folder does not say. */
    readonly data: string | undefined;
  };

const savedRun = v.looseObject({
  format: v.literal(RUN_FORMAT),
  version: v.literal(1),
  data: v.string(),
  reading: v.optional(v.record(v.string(), v.unknown())),
  classNames: v.optional(v.array(v.string())),
  pixels: v.optional(v.object({ min: v.pipe(v.number(), v.finite()), max: v.pipe(v.number(), v.finite()) })),
  /** SHA-256 of the files beside it. */
  files: v.optional(v.record(v.string(), hash())),
});

/**
 * Reads from `run.json` what a model was trained on; models from elsewhere have no such file.
 *
 * @throws PixscaleError if the file is damaged
 */
export async function readOrigin(folder: string): Promise<SavedOrigin> {
  finishSet(folder);
  const saved = await readSavedRun(folder);
  const { data, reading = {}, classNames, pixels } = saved ?? {};
  return { data, reading, ...(classNames && { classNames }), ...(pixels && { pixels }) };
}

async function readSavedRun(folder: string): Promise<v.InferOutput<typeof savedRun> | undefined> {
  const path = join(folder, RUN_FILE);
  if (!existsSync(path)) return undefined;
  const remedy = "save the run again, or delete the file";
  const document = checkChecksum(await readJson(path), path, remedy);
  return requireSchema(savedRun, document, { path, what: `a "${RUN_FORMAT}" document`, remedy });
}

/** @throws PixscaleError if a file is not the one that was saved together with `run.json` */
async function requireSums(folder: string, contents: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const files = (await readSavedRun(folder))?.files ?? {};
  for (const [name, content] of contents) {
    if (files[name] === undefined || files[name] === sha256(content)) continue;
    const problem = `damaged or replaced: not the file that was saved with ${RUN_FILE}`;
    throw new PixscaleError(join(folder, name), problem, "copy the model's files again, or delete run.json");
  }
}
