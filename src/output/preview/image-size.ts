/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Images that are much higher than wide are no higher than so many times the width that there is. */
const MOST_RATIO = 1.5;

/** The size to show an image at: the largest whole multiple that is at most `most` wide, or shrunk to that. */
export function shownSize({ height, width }: Size, most: number): Size {
  const factor = Math.min(most / width, (MOST_RATIO * most) / height);
  const whole = factor >= 1 ? Math.floor(factor) : factor;
  return {
    height: Math.max(1, Math.round(height * whole)),
    width: Math.max(1, Math.min(most, Math.round(width * whole))),
  };
}
