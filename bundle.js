// @ts-check
import { build } from "esbuild";

/**
 * The last step of the build: replaces what is started or imported from outside by bundles, because Node takes longer to find hundreds of
 * small modules than to run them. The modules stay beside them, for benchmarks.
 */
const PROGRAMS = [
  "index.js",
  "cli/main.js",
  "data/hdf5/text-thread.js",
  "data/images/decoding-thread.js",
  "engine/worker.js",
  "experiment/run-worker.js",
  "linear-algebra/crew-worker.js",
  "scaling/fit-thread.js",
  "scaling/whitening/whitening-worker.js",
  "statistics/folder/counting-work.js",
  "training/backends/tensorflow/check-process.js",
];

await build({
  entryPoints: PROGRAMS.map((path) => `dist/${path}`),
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  outdir: "dist",
  outbase: "dist",
  // What programs share lies directly in dist/, where built.ts counts on lying.
  chunkNames: "shared-[hash]",
  allowOverwrite: true,
  logLevel: "warning",
});
