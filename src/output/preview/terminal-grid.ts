import type { ChalkInstance } from "chalk";
import { shortText } from "../format.ts";
import { scaleLabels } from "./color-scale.ts";
import { drawImage, drawScale } from "./draw-image.ts";
import { shownSize } from "./image-size.ts";
import type { Preview, PreviewColumn } from "./preview.ts";

export interface GridStyle {
  /** Columns of the terminal. */
  readonly width: number;
  /** The most columns of one image. */
  readonly mostWidth: number;
  readonly chalk: ChalkInstance;
}

/** Columns between two images. */
const GAP = 2;
/** The least columns of an image; with less space, scalings stand below each other. */
const LEAST = 16;
/** The most columns of the names on the left. */
const MOST_NAME = 12;

/** The images as rows and the scalings as columns, each under its title and colour scale, within the width of the terminal. */
export function terminalGrid({ columns, names }: Preview, style: GridStyle): string {
  const { width, mostWidth } = style;
  const shortNames = names.map((name) => shortText(name, MOST_NAME));
  const nameWidth = Math.max(...shortNames.map((name) => name.length));
  const left = nameWidth === 0 ? 0 : nameWidth + 1;
  const room = Math.max(1, width - left);
  const across = Math.max(1, Math.min(columns.length, Math.floor((room + GAP) / (LEAST + GAP))));
  const most = Math.max(1, Math.min(mostWidth, Math.floor((room + GAP) / across) - GAP));
  const { width: shown } = shownSize(columns[0].images[0], most);
  const cell = Math.max(shown, Math.min(most, LEAST));
  const perBlock = Math.max(1, Math.min(columns.length, Math.floor((room + GAP) / (cell + GAP))));
  const blocks: string[] = [];
  for (let first = 0; first < columns.length; first += perBlock) {
    const some = columns.slice(first, first + perBlock);
    blocks.push(block(some, { names: shortNames, left, cell }, style, most));
  }
  return blocks.join("\n\n");
}

interface Layout {
  readonly names: readonly string[];
  /** Columns left of the images. */
  readonly left: number;
  /** Columns of each image. */
  readonly cell: number;
}

function block(
  columns: readonly PreviewColumn[],
  { names, left, cell }: Layout,
  { chalk }: GridStyle,
  most: number,
): string {
  const beside = (name: string, cells: readonly { text: string; width: number }[]) =>
    `${name.padEnd(left)}${cells.map(({ text, width }) => text + " ".repeat(cell - width)).join(" ".repeat(GAP))}`.trimEnd();
  const full = (text: string) => ({ text, width: cell });
  const { width: strip } = shownSize(columns[0].images[0], most);
  // A scale is as wide as the images, unless its figures need more.
  const scaleWidth = Math.max(strip, Math.min(cell, LEAST));
  const lines = [
    beside(
      "",
      columns.map(({ title }) => {
        const text = shortText(title, cell);
        return { text: chalk.bold(text), width: text.length };
      }),
    ),
    beside(
      "",
      columns.map(({ scale }) => ({ text: drawScale(scale, scaleWidth, chalk), width: scaleWidth })),
    ),
    beside(
      "",
      columns.map(({ scale }) => full(labelLine(scaleLabels(scale), scaleWidth).padEnd(cell))),
    ),
  ];
  for (const [row, name] of names.entries()) {
    const images = columns.map(({ images, scale }) => {
      const size = shownSize(images[row], most);
      return { lines: drawImage(images[row], scale, size, chalk), width: size.width };
    });
    if (row > 0) lines.push("");
    for (let y = 0; y < images[0].lines.length; y++) {
      const cells = images.map(({ lines, width }) => ({ text: lines[y], width }));
      lines.push(beside(y === 0 ? name : "", cells));
    }
  }
  return lines.join("\n");
}

/** The figures of a scale at its ends and its middle, as far as there is room. */
function labelLine({ least, zero, most }: ReturnType<typeof scaleLabels>, width: number): string {
  if (least.length + most.length + 1 > width) return most.slice(0, width).padStart(width);
  const ends = least.padEnd(width - most.length) + most;
  const middle = Math.floor((width - zero.length) / 2);
  const isFree = zero !== "" && middle > least.length && middle + 1 < width - most.length;
  return isFree ? `${ends.slice(0, middle)}${zero}${ends.slice(middle + zero.length)}` : ends;
}
