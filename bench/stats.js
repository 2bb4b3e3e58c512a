// @ts-check
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, time } from "./network.js";

/** `pixscale stats` on MNIST as a process, from start to end. */
const RUNS = 11;
const bin = fileURLToPath(new URL("../bin/pixscale.js", import.meta.url));

/** @param {string[]} args */
function run(args) {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

const stats = time(RUNS, () => run([bin, "stats"]));
const nothing = time(RUNS, () => run(["--eval", ""]));
console.log(
  `pixscale stats, whole process: median ${median(stats).toFixed(0)} ms (Node alone: ${median(nothing).toFixed(0)} ms)`,
);
