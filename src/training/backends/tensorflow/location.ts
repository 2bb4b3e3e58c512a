import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export const TFJS_NODE = "@tensorflow/tfjs-node";

/** The version that the setup script installs and builds. */
export const TFJS_NODE_VERSION = "4.22.0";

/**
 * The folder where `npm run setup:tensorflow` puts tfjs-node: in the user's cache, because `npm ci` empties `node_modules`.
 * The addon only uses Node-API, so one build works with every version of Node.
 */
export function setupFolder(): string {
  return join(
    cacheFolder(),
    "pixscale",
    `tfjs-node-${TFJS_NODE_VERSION}-${process.platform}-${process.arch}`,
  );
}

/** The package's folder within the folder it was installed in. */
export function packageIn(folder: string): string {
  return join(folder, "node_modules", TFJS_NODE);
}

/** The folder of the tfjs-node to load: the one that was set up, else npm's; undefined if there is none. */
export function findPackage(): string | undefined {
  const own = packageIn(setupFolder());
  if (existsSync(own)) return own;
  try {
    return dirname(createRequire(import.meta.url).resolve(`${TFJS_NODE}/package.json`));
  } catch {
    return undefined;
  }
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (process.platform === "win32" && LOCALAPPDATA) return LOCALAPPDATA;
  return join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
}
