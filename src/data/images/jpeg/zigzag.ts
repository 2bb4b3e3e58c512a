/** Place in a block, 8 · row + column, of each coefficient in the order of a file (ITU-T T.81, figure A.6). */
export const ZIGZAG: readonly number[] = zigzag();

function zigzag(): number[] {
  const places: number[] = [];
  for (let sum = 0; sum < 15; sum++) {
    for (let i = Math.max(0, sum - 7); i <= Math.min(7, sum); i++) {
      const [row, column] = sum % 2 === 0 ? [sum - i, i] : [i, sum - i];
      places.push(8 * row + column);
    }
  }
  return places;
}
