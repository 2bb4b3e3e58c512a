#!/usr/bin/env node
// CommonJS, because before an ECMAScript module runs, Node has already started the threads that decode images and read
// files: four, unless this says otherwise.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, require("node:os").availableParallelism()));

import("../dist/cli/main.js").then(({ main }) => main(process.argv.slice(2)));
