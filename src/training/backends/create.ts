import type { BackendName } from "../settings.ts";
import type { Backend, BackendOptions } from "./backend.ts";
import { refuseTensorFlow } from "./tensorflow.ts";
import { WasmBackend } from "./wasm.ts";

/** Starts the backend of that name. @throws PixscaleError if it is not available here */
export function createBackend(name: BackendName, options: BackendOptions): Promise<Backend> {
  switch (name) {
    case "wasm":
      return WasmBackend.create(options);
    case "tensorflow":
      return refuseTensorFlow();
  }
}
