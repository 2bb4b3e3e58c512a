import type { TopLevelSpec } from "vega-lite";
import { PixscaleError } from "../../errors.ts";

/** A chart, and what it shows in words, for readers who cannot see it. */
export interface Chart {
  readonly name: string;
  readonly alternative: string;
  readonly spec: TopLevelSpec;
}

/** Colours that colour-blind people can tell apart (Okabe and Ito, 2008), without black and yellow. */
export const PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

/** Text and lines take the colour of the page around them, light or dark. */
const INK = "currentColor";
const FONT = "system-ui, sans-serif";

const CONFIG = {
  font: FONT,
  background: "transparent",
  // The picture as a whole has a description.
  aria: false,
  view: { stroke: "transparent" },
  axis: {
    labelColor: INK,
    titleColor: INK,
    domainColor: INK,
    tickColor: INK,
    gridColor: "#88888840",
    titleFontWeight: "normal",
    labelLimit: 150,
  },
  legend: { labelColor: INK, titleColor: INK, orient: "bottom", columns: 2, title: null, labelLimit: 150 },
  rule: { color: INK },
  title: { color: INK },
  range: { category: PALETTE },
} as const;

/**
 * Draws a chart as one SVG element, with the description as its alternative text.
 *
 * @throws PixscaleError if Vega is not installed
 */
export async function drawChart({ spec, alternative }: Chart): Promise<string> {
  const { vega, vegaLite } = await loadVega();
  // Vega reports odd specifications on the console; ours are tested.
  const logger = vega.logger(vega.None);
  const { spec: compiled } = vegaLite.compile({ config: CONFIG, ...spec } as TopLevelSpec, { logger });
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger });
  const svg = await view.toSVG();
  view.finalize();
  // Vega gives its marks roles of their own, but the picture as a whole is described.
  const plain = svg.replaceAll(/ (role|aria-[a-z]+)="[^"]*"/g, "");
  return plain.replace("<svg ", `<svg role="img" aria-label="${escapeAttribute(alternative)}" `);
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

async function loadVega() {
  try {
    const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
    return { vega, vegaLite };
  } catch (cause) {
    throw new PixscaleError("vega", "cannot be loaded to draw charts", "run npm install vega vega-lite", {
      cause,
    });
  }
}
