// @ts-check

/**
 * Whether a ratio reaches the goal set for it, and how far it is from it.
 *
 * @param {number} ratio
 * @param {number | undefined} goal the largest ratio aimed at
 */
export function against(ratio, goal) {
  if (goal === undefined) return "";
  const missed = (ratio - goal).toFixed(2);
  return `${goal.toFixed(2)}, ${ratio <= goal ? "reached" : `missed by ${missed}`}`;
}
