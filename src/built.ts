/**
 * The URL of a built file in `dist/`, such as `engine/worker.js`. Workers and child processes always run compiled code, even
 * if the caller runs from `src/`, as in tests.
 */
export function builtFile(path: string): URL {
  return new URL(`../dist/${path}`, import.meta.url);
}
