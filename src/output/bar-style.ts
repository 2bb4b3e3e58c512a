/** Finished bars vanish: what they said is in the result. */
export const BAR_STYLE = {
  barCompleteChar: "=",
  barIncompleteChar: ".",
  hideCursor: true,
  clearOnComplete: true,
} as const;

/** Columns of the bar itself where there is room. */
export const MOST_BAR = 24;
