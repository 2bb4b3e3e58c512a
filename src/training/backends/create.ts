import { toLayers } from "../../model/network.ts";
import type { BackendName } from "../settings.ts";
import type { Backend, BackendOptions } from "./backend.ts";
import { loadTensorFlow } from "./tensorflow/load.ts";
import { TensorFlowBackend } from "./tensorflow/tensorflow-backend.ts";
import { WasmBackend } from "./wasm.ts";

/** Starts the backend of that name. @throws PixscaleError if it is not available, or cannot compute the network */
export async function createBackend(name: BackendName, options: BackendOptions): Promise<Backend> {
  switch (name) {
    case "wasm":
      return WasmBackend.create({ ...options, ...toLayers(options) });
    case "tensorflow":
      return TensorFlowBackend.create(loadTensorFlow(options.threads), options);
  }
}
