import { readFileSync } from "node:fs";

const { version, engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Version of this package. */
export const VERSION: string = version;

/** The versions of Node that it supports, as npm writes ranges. */
export const NODE_RANGE: string = engines.node;
