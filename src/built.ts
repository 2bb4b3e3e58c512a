/** The URL of a file of this package, such as `package.json`; of a folder with `/` at the end. */
export function packageFile(path: string): URL {
  // This code lies directly in src/ or dist/, also when it is bundled (see bundle.js).
  return new URL(`../${path}`, import.meta.url);
}

/**
 * The URL of a built file in `dist/`, such as `engine/worker.js`. Workers and child processes always run compiled code, even
 * if the caller runs from `src/`, as in tests.
 */
export function builtFile(path: string): URL {
  return packageFile(`dist/${path}`);
}
