// @ts-check
import { parseArgs } from "node:util";

/** The options that all peers take. */
export const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    batch: { type: "string", default: "64" },
    warmup: { type: "string", default: "20" },
    steps: { type: "string", default: "50" },
    evaluate: { type: "boolean", default: false },
  },
});
