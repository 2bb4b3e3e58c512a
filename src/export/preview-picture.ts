import { loadSharp } from "../data/images/load-sharp.ts";
import { shortText } from "../output/format.ts";
import { type ColorScale, colorAt, colorOf, scaleLabels } from "../output/preview/color-scale.ts";
import { type Size, shownSize } from "../output/preview/image-size.ts";
import type { Preview } from "../output/preview/preview.ts";
import { resizeArea, type ValueImage } from "../output/preview/resize-area.ts";

/** Pixels of a picture: red, green and blue, row by row. */
interface Canvas extends Size {
  readonly rgb: Uint8Array;
}

interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: "start" | "middle" | "end";
  readonly bold?: boolean;
}

const MARGIN = 16;
const GAP = 12;
const FONT = 13;
/** Height of a line of text. */
const LINE = 18;
/** Height of a colour scale. */
const BAR = 10;
/** Width of one letter, at most, to reserve space for names. */
const LETTER = 8;
const MOST_NAME = 20;
/** The same of bold titles. */
const BOLD_LETTER = 9;
/** Columns are at least wide enough for the figures of a colour scale, and at most so much wider for a title. */
const [LEAST_CELL, MOST_TITLE] = [112, 210];

/**
 * A preview as an SVG picture: images as rows, scalings as columns under their titles and colour scales, figures below.
 *
 * @param cell the most pixels an image is wide
 * @param captions lines below the last image of each column
 * @throws PixscaleError if sharp, which packs the pixels, cannot be loaded
 */
export async function previewSvg(
  preview: Preview,
  cell: number,
  captions: readonly (readonly string[])[] = [],
): Promise<string> {
  const { columns } = preview;
  const names = preview.names.map((name) => shortText(name, MOST_NAME));
  const size = shownSize(columns[0].images[0], cell);
  const bar = Math.max(size.width, LEAST_CELL);
  const titles = Math.max(...columns.map(({ title }) => title.length * BOLD_LETTER));
  const step = Math.max(bar, Math.min(titles, MOST_TITLE)) + GAP;
  const longest = Math.max(...names.map((name) => name.length));
  const left = MARGIN + (longest === 0 ? 0 : longest * LETTER + GAP);
  const top = MARGIN + LINE + BAR + LINE + 6;
  const bottom = Math.max(0, ...captions.map((lines) => lines.length)) * LINE;
  const width = left + columns.length * step - GAP + MARGIN;
  const height = top + names.length * (size.height + GAP) - GAP + bottom + MARGIN;
  const canvas = { height, width, rgb: new Uint8Array(height * width * 3).fill(255) };
  const texts: Text[] = names.map((text, row) => ({
    x: left - GAP,
    y: top + row * (size.height + GAP) + size.height / 2 + FONT / 3,
    text,
    anchor: "end",
  }));
  for (const [i, { title, scale, images }] of columns.entries()) {
    const x = left + i * step;
    drawBar(canvas, scale, x, MARGIN + LINE, bar);
    const short = shortText(title, Math.floor((step - GAP) / BOLD_LETTER));
    texts.push(...headTexts(short, scale, x, bar));
    for (const [row, image] of images.entries()) {
      drawAt(canvas, resizeArea(image, size.height, size.width), scale, x, top + row * (size.height + GAP));
    }
    const below = top + names.length * (size.height + GAP) - GAP;
    for (const [line, text] of (captions[i] ?? []).entries()) {
      texts.push({ x, y: below + (line + 1) * LINE, text, anchor: "start" });
    }
  }
  const png = (await toPng(canvas)).toString("base64");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<image width="${width}" height="${height}" href="data:image/png;base64,${png}"/>`,
    `<g font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="${FONT}" fill="#222">`,
    ...texts.map(textElement),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function headTexts(title: string, scale: ColorScale, x: number, width: number): Text[] {
  const { least, zero, most } = scaleLabels(scale);
  const y = MARGIN + LINE + BAR + FONT + 1;
  return [
    { x, y: MARGIN + FONT - 2, text: title, anchor: "start", bold: true },
    { x, y, text: least, anchor: "start" },
    { x: x + width / 2, y, text: zero, anchor: "middle" },
    { x: x + width, y, text: most, anchor: "end" },
  ];
}

function textElement({ x, y, text, anchor, bold }: Text): string {
  const weight = bold ? ' font-weight="bold"' : "";
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${weight}>${safe}</text>`;
}

function drawAt(canvas: Canvas, image: ValueImage, scale: ColorScale, left: number, top: number): void {
  const { height, width, channels, values } = image;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = (y * width + x) * channels;
      const color = colorOf(scale, values.subarray(first, first + channels));
      canvas.rgb.set(color, ((top + y) * canvas.width + left + x) * 3);
    }
  }
}

function drawBar(canvas: Canvas, scale: ColorScale, left: number, top: number, width: number): void {
  for (let x = 0; x < width; x++) {
    const color = colorAt(scale, scale.least + ((scale.most - scale.least) * x) / (width - 1));
    for (let y = 0; y < BAR; y++) canvas.rgb.set(color, ((top + y) * canvas.width + left + x) * 3);
  }
}

async function toPng({ height, width, rgb }: Canvas): Promise<Buffer> {
  const sharp = await loadSharp("write pictures");
  return sharp(rgb, { raw: { height, width, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
