// Runs the tests on several versions of Node, and checks that a short training gives the same weights on all of them:
// `npm run test:nodes`, or with versions and files, as in `npm run test:nodes -- 20 latest test/engine`.
import { spawnSync } from "node:child_process";

const given = process.argv.slice(2);
const versions = given.filter((word) => /^(\d+|latest)$/.test(word));
const files = given.filter((word) => !versions.includes(word));
const TRAIN = ["train", "mnist-mini", "--epochs", "1", "--limit", "640", "--seed", "3", "--quiet", "--json"];

/** @param {string} version @param {string[]} args @param {import("node:child_process").StdioOptions} stdio */
function onNode(version, args, stdio) {
  return spawnSync("npx", ["--yes", "--package", `node@${version}`, "node", ...args], {
    encoding: "utf8",
    stdio,
  });
}

const fingerprints = new Map();
let failed = false;
for (const version of versions.length > 0 ? versions : ["20", "22", "24", "latest"]) {
  const { stdout } = onNode(version, ["--version"], "pipe");
  const run = onNode(version, ["bin/pixscale.js", ...TRAIN], ["ignore", "pipe", "inherit"]);
  fingerprints.set(stdout.trim(), run.status === 0 ? JSON.parse(run.stdout).fingerprint : "failed");
  const { status } = onNode(version, ["node_modules/vitest/vitest.mjs", "run", ...files], "inherit");
  console.log(`Node ${stdout.trim()}: tests ${status === 0 ? "passed" : "failed"}`);
  failed ||= status !== 0;
}
for (const [version, fingerprint] of fingerprints) console.log(`${version}  ${fingerprint}`);
if (failed || new Set(fingerprints.values()).size > 1) process.exitCode = 1;
