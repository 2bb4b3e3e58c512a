import { sha256 } from "../files/hash.ts";
import type { LayerWeights, Model } from "./layers.ts";
import { decodeModel } from "./tfjs/decode.ts";
import { type EncodedModel, encodeModel } from "./tfjs/encode.ts";

/** Layers and their weights: a network that every backend supports. */
export interface LayerNetwork {
  readonly model: Model;
  readonly weights: readonly LayerWeights[];
}

/** A model read from files; it may have layers that only TensorFlow supports. */
export interface ModelFiles extends EncodedModel {
  /** Path of `model.json`, for errors. */
  readonly subject: string;
}

export type Network = LayerNetwork | ModelFiles;

/**
 * Decodes a network that was read from files.
 *
 * @throws PixscaleError as `decodeModel` does
 */
export function toLayers(network: Network): LayerNetwork {
  if ("model" in network) return { model: network.model, weights: network.weights };
  const { model, decodeWeights } = decodeModel(network.json, network.subject);
  return { model, weights: decodeWeights(network.bytes) };
}

/** Encodes a network as files, unless it was read from files. */
export function toFiles(network: Network): ModelFiles {
  if ("json" in network) return network;
  return { ...encodeModel(network.model, network.weights), subject: "model" };
}

/** SHA-256, in hexadecimal, of a network's weights: the `weightsFingerprint` of its layers. */
export function networkFingerprint(network: Network): string {
  return sha256(toFiles(network).bytes);
}
