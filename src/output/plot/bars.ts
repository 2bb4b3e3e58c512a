const BLOCKS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const STEPS = BLOCKS.length - 1;

/**
 * Bars side by side as rows of characters, from the top, each bar one column wide.
 *
 * @param heights from 0 to 1; what is above 0 shows at least the lowest block
 */
export function barRows(heights: readonly number[], rows: number): string[] {
  const steps = heights.map((height) => (height > 0 ? Math.max(1, Math.round(height * rows * STEPS)) : 0));
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * STEPS;
    return steps.map((height) => BLOCKS[Math.max(0, Math.min(STEPS, height - below))]).join("");
  });
}
