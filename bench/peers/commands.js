// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table } from "../../dist/output/table.js";
import { photo, pngPhoto } from "../photo.js";
import { alternate } from "./alternate.js";
import { cases } from "./cases.js";
import { isInstalled } from "./python.js";
import { writeImages, writeMnist } from "./sample-data.js";

/**
 * Commands of pixscale as whole processes, and the same work as users of other libraries do it, in turn. All must find the same. A
 * quick run: --rounds 1 --jpegs 200 --pngs 50 --epoch 2000 --only stats
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    jpegs: { type: "string", default: "2000" },
    pngs: { type: "string", default: "300" },
    epoch: { type: "string", default: "20000" },
    only: { type: "string", default: "" },
  },
});
const counts = { jpegs: Number(values.jpegs), pngs: Number(values.pngs), epoch: Number(values.epoch) };
const root = mkdtempSync(join(tmpdir(), "pixscale-bench-"));
const folders = {
  jpegs: join(root, "jpegs"),
  pngs: join(root, "pngs"),
  mnist: join(root, "mnist"),
  runs: join(root, "runs"),
};

try {
  for (const folder of Object.values(folders)) mkdirSync(folder);
  await writeImages(folders.jpegs, "jpg", counts.jpegs, () => photo({ quality: 90 }));
  await writeImages(folders.pngs, "png", counts.pngs, pngPhoto);
  writeMnist(folders.mnist);
  const works = cases(folders, counts).filter(({ name }) => name.includes(values.only));
  const modules = new Set(works.flatMap(({ peers }) => peers.map(({ module }) => module)));
  const missing = [...modules].filter((module) => !isInstalled(module));
  for (const module of missing) console.log(`left out, not installed: ${module}`);
  for (const work of works) {
    const peers = work.peers.filter(({ module }) => !missing.includes(module));
    const rows = alternate({ ...work, peers }, Number(values.rounds));
    console.log(table([work.name, "median s", "pixscale / it", "goal"], rows));
  }
} finally {
  rmSync(root, { recursive: true });
}
