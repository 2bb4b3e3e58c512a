/** A colour: red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * The eleven colours of ColorBrewer's RdBu (Cynthia Brewer, Mark Harrower), from blue to red: people who do not tell red from green
 * tell these apart.
 */
const BLUE_TO_RED: readonly Rgb[] = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [209, 229, 240],
  [247, 247, 247],
  [253, 219, 199],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
];

/**
 * The diverging map that matplotlib calls RdBu_r: straight lines between ColorBrewer's colours.
 *
 * @param position −1 is the darkest blue, 0 almost white, 1 the darkest red; values beyond have the colours of the ends
 */
export function divergingColor(position: number): Rgb {
  const last = BLUE_TO_RED.length - 1;
  const place = ((Math.max(-1, Math.min(1, position)) + 1) / 2) * last;
  const below = Math.min(Math.floor(place), last - 1);
  const part = place - below;
  const [from, to] = [BLUE_TO_RED[below], BLUE_TO_RED[below + 1]];
  return mapRgb((channel) => Math.round(from[channel] + (to[channel] - from[channel]) * part));
}

/** A colour from a function of the channel. */
export function mapRgb(value: (channel: 0 | 1 | 2) => number): Rgb {
  return [value(0), value(1), value(2)];
}
