// @ts-check
import { spawnSync } from "node:child_process";
import { compared } from "./compared.js";
import { here, PYTHON } from "./python.js";

/**
 * A peer's script prints { answer, seconds? } as JSON. `seconds` leaves out its imports; without it, the whole process counts.
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {string} module the Python module that must be installed
 * @property {string[]} args the script and its arguments
 * @property {number} tolerance the largest difference between its answer and pixscale's
 * @property {number} [goal] the largest ratio of the times aimed at
 * @property {string[]} [like] options of pixscale that do what the peer does, if it does something else than the timed command
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {() => string[]} ours arguments of pixscale for one round
 * @property {(document: any) => number[]} answer the figures in pixscale's JSON document that peers must reproduce
 * @property {Peer[]} peers
 */

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw error ?? new Error(stderr);
  return { seconds, document: JSON.parse(stdout) };
}

/** @param {string[]} args */
const pixscale = (args) => run(process.execPath, [here("../../bin/pixscale.js"), ...args, "--json", "-q"]);

/** @param {number[]} expected @param {number[]} answer @param {Peer} peer */
function verify(expected, answer, { name, tolerance }) {
  const agrees =
    answer.length === expected.length &&
    answer.every((value, i) => Math.abs(value - expected[i]) <= tolerance);
  if (!agrees) throw new Error(`${name} found ${answer} instead of ${expected}`);
}

/**
 * Rows of a table: pixscale and the peers in turn, round after round, the fastest peer first.
 *
 * @param {Case} work
 * @param {number} rounds
 */
export function alternate({ ours, answer, peers }, rounds) {
  const references = peers.map(({ like }) => like && answer(pixscale([...ours(), ...like]).document));
  /** @type {number[]} */
  const times = [];
  /** @type {number[][]} */
  const theirs = peers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const { seconds, document } = pixscale(ours());
    times.push(seconds);
    peers.forEach((peer, i) => {
      const result = run(PYTHON, peer.args);
      verify(references[i] ?? answer(document), result.document.answer, peer);
      theirs[i].push(result.document.seconds ?? result.seconds);
    });
  }
  return compared(
    times,
    peers.map(({ name, goal }, i) => ({ name, goal, times: theirs[i] })),
  );
}
