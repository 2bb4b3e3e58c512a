import { PixscaleError } from "../../errors.ts";

const PACKAGE = "@tensorflow/tfjs-node";

/** Whether TensorFlow's Node package can be loaded here, and if not, why and what would help. */
export type TensorFlowStatus =
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };

/** Tries to load @tensorflow/tfjs-node. */
export async function probeTensorFlow(): Promise<TensorFlowStatus> {
  // Not a literal: the package is optional, and type checking must not need it.
  const name: string = PACKAGE;
  try {
    const tf = await import(name);
    return { available: true, version: String(tf.version_core ?? tf.version?.["tfjs-core"]) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isMissing(error)) {
      return {
        available: false,
        reason: `${PACKAGE} is not installed`,
        remedy: `run npm install ${PACKAGE}`,
      };
    }
    return {
      available: false,
      reason: `${PACKAGE} cannot be loaded (${message.split("\n")[0]})`,
      remedy: `run npm rebuild ${PACKAGE} --build-addon-from-source`,
    };
  }
}

/** @throws PixscaleError always: why `--backend tensorflow` cannot be had, and the remedy */
export async function refuseTensorFlow(): Promise<never> {
  const status = await probeTensorFlow();
  if (!status.available)
    throw new PixscaleError("--backend tensorflow", status.reason, `${status.remedy}, or use --backend wasm`);
  throw new PixscaleError(
    "--backend tensorflow",
    "this version of pixscale cannot train with it yet",
    "use --backend wasm",
  );
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_MODULE_NOT_FOUND" &&
    error.message.includes(PACKAGE)
  );
}
