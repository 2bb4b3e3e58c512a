/**
 * The URL of a built file in `dist/`, such as `engine/worker.js`. Workers and child processes run compiled code, whether the
 * caller runs from `src/` (tests) or from `dist/`.
 */
export function builtFile(path: string): URL {
  return new URL(`../dist/${path}`, import.meta.url);
}
