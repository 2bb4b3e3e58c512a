#!/usr/bin/env node
// CommonJS, because before an ECMAScript module runs, Node has already started the threads that decode images and read
// files: four, unless this says otherwise.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, require("node:os").availableParallelism()));

// Taken out, because chalk would read --color as an option of its own.
const args = process.argv.splice(2);
import("../dist/cli/main.js").then(({ main }) => main(args));
