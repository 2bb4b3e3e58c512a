// @ts-check
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "./network.js";

/** How long commands that compute nothing take as whole processes, against Node alone, in turn. */
const RUNS = 15;
const bin = fileURLToPath(new URL("../bin/pixscale.js", import.meta.url));
const COMMANDS = {
  "node --eval ''": ["--eval", ""],
  "pixscale --version": [bin, "--version"],
  "pixscale --help": [bin, "--help"],
  "pixscale completion bash": [bin, "completion", "bash"],
  "pixscale stats --help": [bin, "stats", "--help"],
};

/** @type {Record<string, number[]>} */
const times = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, []]));
for (let i = 0; i < RUNS; i++) {
  for (const [name, args] of Object.entries(COMMANDS)) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    times[name].push(performance.now() - start);
  }
}
const [alone] = Object.values(times).map(median);
for (const [name, each] of Object.entries(times)) {
  const ratio = (median(each) / alone).toFixed(2);
  console.log(`${name}: median ${median(each).toFixed(0)} ms, ${ratio} × Node alone`);
}
