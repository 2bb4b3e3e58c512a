// @ts-check
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { table } from "../../dist/output/table.js";
import { median, time } from "../network.js";
import { photo } from "../photo.js";

/**
 * Statistics of a folder of JPEGs by pixscale and by a plain Python loop with Pillow and NumPy, as whole processes in turn, in
 * images per second. Python is the one in $PYTHON (python3 by default).
 */
const ROUNDS = 3;
const IMAGES = 2000;
const PYTHON = process.env.PYTHON ?? "python3";

/** @param {string} file */
const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

const folder = mkdtempSync(join(tmpdir(), "pixscale-bench-"));
try {
  for (const name of ["a", "b"]) mkdirSync(join(folder, name));
  for (let i = 0; i < IMAGES; i++) {
    writeFileSync(join(folder, i % 2 ? "a" : "b", `${i}.jpg`), await photo({ quality: 85 }));
  }
  const rows = [0, 64, 224].map((side) => {
    const size = side === 0 ? [] : ["--size", `${side}x${side}`, "--fit", "fill"];
    const stats = [here("../../bin/pixscale.js"), "stats", folder, "--axis", "channel", "--json", ...size];
    /** @type {number[]} */
    const ours = [];
    /** @type {number[]} */
    const theirs = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(...time(1, () => run(process.execPath, stats)));
      theirs.push(...time(1, () => run(PYTHON, [here("pillow_stats.py"), folder, String(side)])));
    }
    const [rate, peer] = [ours, theirs].map((times) => (IMAGES * 1000) / median(times));
    return [
      side === 0 ? "as they are, 375×500" : `resized to ${side}×${side}`,
      rate.toFixed(0),
      peer.toFixed(0),
      (rate / peer).toFixed(1),
    ];
  });
  console.log(table(["JPEGs", "pixscale, images/s", "Pillow and NumPy, images/s", "ratio"], rows));
} finally {
  rmSync(folder, { recursive: true });
}
