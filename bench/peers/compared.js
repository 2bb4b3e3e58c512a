// @ts-check
import { median } from "../network.js";

/**
 * Rows of a table: pixscale and its peers with their median times, the fastest peer first, and for each peer the median of the rounds'
 * ratios and whether it reaches the goal.
 *
 * @param {readonly number[]} ours the times of all rounds
 * @param {readonly { name: string, goal?: number | undefined, times: readonly number[] }[]} peers `goal` is the largest ratio aimed at
 */
export function compared(ours, peers) {
  const figures = peers.map(({ name, goal, times }) => ({
    name,
    goal,
    time: median(times),
    ratio: median(ours.map((time, round) => time / times[round])),
  }));
  figures.sort((a, b) => a.time - b.time);
  return [
    ["pixscale", median(ours).toFixed(2), "", ""],
    ...figures.map(({ name, goal, time, ratio }) => [
      name,
      time.toFixed(2),
      ratio.toFixed(2),
      goal === undefined ? "" : against(ratio, goal),
    ]),
  ];
}

/** @param {number} ratio @param {number} goal */
function against(ratio, goal) {
  return `${goal.toFixed(2)}, ${ratio <= goal ? "reached" : `missed by ${(ratio - goal).toFixed(2)}`}`;
}
