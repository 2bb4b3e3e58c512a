import { PixscaleError } from "../../errors.ts";
import { sizeOf } from "../layers.ts";
import { field, isSize, type Json } from "./fields.ts";

/** The weights file that models encoded by pixscale refer to. */
export const WEIGHTS_FILE = "weights.bin";

/** One tensor of the weights files, as a manifest describes it. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Where a tensor is in the joined weights files. */
export interface TensorPlace {
  /** First byte, and number of bytes. */
  readonly offset: number;
  readonly bytes: number;
  readonly shape: readonly number[];
  /** Whether it is unquantized float32. Layers need that; other tensors, such as an optimizer's step count, are skipped. */
  readonly isFloat32: boolean;
}

/** Bytes per value of each type in a weights file. A quantized tensor is stored in its quantized type. */
const VALUE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ["float32", 4],
  ["int32", 4],
  ["complex64", 8],
  ["bool", 1],
  ["uint8", 1],
  ["uint16", 2],
  ["float16", 2],
]);

/** The `weightsManifest` of a model whose weights are all in WEIGHTS_FILE. */
export function encodeManifest(weights: readonly TensorSpec[]): Json[] {
  return [{ paths: [WEIGHTS_FILE], weights }];
}

/**
 * Names of the weights files of a `model.json`, in order, relative to its folder.
 *
 * @param file path of `model.json`, for errors
 * @throws PixscaleError if it is not a LayersModel
 */
export function weightFiles(json: unknown, file: string): string[] {
  return groupsOf(json, file).flatMap((group) => {
    const paths = field(group, "paths");
    if (Array.isArray(paths) && paths.every((path) => typeof path === "string")) return paths;
    throw new PixscaleError(file, "does not name its weights files", "save the model again");
  });
}

/**
 * Checks that all weights files together are as long as `model.json` says.
 *
 * @param file path of `model.json`, for errors
 * @throws PixscaleError if they are not, or `model.json` is not a LayersModel
 */
export function checkWeightBytes(json: unknown, bytes: number, file: string): void {
  const total = [...tensorPlaces(json, file).values()].reduce((sum, place) => sum + place.bytes, 0);
  if (bytes === total) return;
  const problem = `its weights files have ${bytes} bytes, but it describes ${total}`;
  throw new PixscaleError(file, problem, "copy the model's files again");
}

/**
 * The places of all tensors, by name.
 *
 * @param file path of `model.json`, for errors
 * @throws PixscaleError if it is not a LayersModel, or a tensor has no valid shape or type
 */
export function tensorPlaces(json: unknown, file: string): Map<string, TensorPlace> {
  const places = new Map<string, TensorPlace>();
  let offset = 0;
  for (const group of groupsOf(json, file)) {
    const weights = field(group, "weights");
    for (const weight of Array.isArray(weights) ? weights : []) {
      const place = tensorPlace(weight, offset, file);
      const name = String(field(weight, "name"));
      if (places.has(name))
        throw new PixscaleError(file, `lists weights "${name}" twice`, "save the model again");
      places.set(name, place);
      offset += place.bytes;
    }
  }
  return places;
}

function tensorPlace(weight: unknown, offset: number, file: string): TensorPlace {
  const name = `weights "${field(weight, "name")}"`;
  const shape = field(weight, "shape");
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw new PixscaleError(file, `${name} have no valid shape`, "save the model again");
  }
  const dtype = field(weight, "dtype");
  const quantization = field(weight, "quantization");
  const valueBytes = VALUE_BYTES.get(field(quantization, "dtype") ?? dtype);
  if (valueBytes === undefined) {
    throw new PixscaleError(file, `${name} have the unknown type "${dtype}"`, "save the model without them");
  }
  const isFloat32 = dtype === "float32" && quantization === undefined;
  return { offset, bytes: valueBytes * sizeOf(shape), shape, isFloat32 };
}

function groupsOf(json: unknown, file: string): readonly unknown[] {
  const manifest = field(json, "weightsManifest");
  if (field(json, "modelTopology") !== undefined && Array.isArray(manifest)) return manifest;
  const remedy = "save the model with pixscale or TensorFlow.js";
  throw new PixscaleError(file, "is not a TensorFlow.js LayersModel", remedy);
}
