// @ts-check
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The Python that peers run with. */
export const PYTHON = process.env.PYTHON ?? "python3";

/**
 * The path of a file beside this one.
 *
 * @param {string} file
 */
export const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @param {string} module */
export function isInstalled(module) {
  const find = `import importlib.util as u, sys; sys.exit(u.find_spec("${module}") is None)`;
  return spawnSync(PYTHON, ["-c", find]).status === 0;
}
