// @ts-check
import { spawnSync } from "node:child_process";
import { table } from "../../dist/output/table.js";
import { median } from "../network.js";
import { compared } from "./compared.js";
import { here, PYTHON } from "./python.js";

/**
 * The same work in pixscale and in each peer that is installed, in turn, round after round, and the ratios, the fastest peer first.
 * PyTorch and Keras run with the Python in $PYTHON (python3 by default).
 */
const ROUNDS = 5;

/** @typedef {{ name: string, command: string, args: string[], module: string }} Peer */

const pixscale = { name: "pixscale", command: process.execPath, args: [here("pixscale.js")] };
/** @type {Peer[]} */
const peers = [
  {
    name: "PyTorch, channels_last, fused Adam",
    command: PYTHON,
    args: [here("pytorch.py")],
    module: "torch",
  },
  { name: "Keras, arrays in memory", command: PYTHON, args: [here("keras_peer.py")], module: "tensorflow" },
  {
    name: "Keras, ImageDataGenerator",
    command: PYTHON,
    args: [here("keras_peer.py"), "--generator"],
    module: "tensorflow",
  },
  {
    name: "TensorFlow.js on tfjs-node",
    command: process.execPath,
    args: [here("tfjs_node.js")],
    module: "@tensorflow/tfjs-node",
  },
];
const works = [
  {
    name: "training step, batch 64, 2 threads",
    args: ["--threads", "2", "--warmup", "60", "--steps", "100"],
    generator: true,
    goals: { torch: 0.5 },
  },
  {
    name: "training step, batch 64, 1 thread",
    args: ["--threads", "1", "--warmup", "60", "--steps", "60"],
    generator: false,
    goals: { torch: 0.55 },
  },
  {
    name: "10,000 images forward, 2 threads",
    args: ["--threads", "2", "--evaluate", "--warmup", "3", "--steps", "8"],
    generator: false,
    goals: { torch: 0.8, tensorflow: 0.8 },
  },
];

/**
 * Why a peer cannot run here, if so.
 *
 * @param {Peer} peer
 */
function obstacle({ command, args, module }) {
  const { status, stderr, error } = spawnSync(command, [...args, "--warmup", "0", "--steps", "0"], {
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.split("\n").findLast((line) => /Error: /.test(line));
  return `missing: ${module} (${reason})`;
}

/**
 * @param {{ command: string, args: string[] }} peer
 * @param {string[]} more
 */
function medianOf({ command, args }, more) {
  const { status, stdout, stderr } = spawnSync(command, [...args, ...more], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return median(stdout.trim().split("\n").map(Number));
}

const obstacles = peers.map(obstacle);
const present = peers.filter((_, i) => obstacles[i] === undefined);
for (const line of new Set(obstacles)) if (line !== undefined) console.log(line);
const rows = works.flatMap(({ name, args, generator, goals }) => {
  const others = present.filter((peer) => generator || !peer.args.includes("--generator"));
  const rounds = Array.from({ length: ROUNDS }, () =>
    [pixscale, ...others].map((peer) => medianOf(peer, args)),
  );
  const ours = rounds.map(([milliseconds]) => milliseconds);
  const theirs = others.map((peer, i) => ({
    name: peer.name,
    goal: /** @type {Record<string, number | undefined>} */ (goals)[peer.module],
    times: rounds.map((round) => round[i + 1]),
  }));
  return compared(ours, theirs).map((row) => [name, ...row]);
});
console.log(table(["work", "who", "median ms", "pixscale / it", "goal"], rows, { textColumns: 2 }));
