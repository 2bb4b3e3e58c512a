import { readFileSync } from "node:fs";
import { packageFile } from "./built.ts";

const { version, engines } = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));

/** Version of this package. */
export const VERSION: string = version;

/** The versions of Node that it supports, as npm writes ranges. */
export const NODE_RANGE: string = engines.node;
