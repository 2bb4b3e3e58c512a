import type { Dataset } from "../../data/dataset.ts";
import { byAccuracy, type ComparedVariant, type Comparison } from "../../experiment/comparison.ts";
import { type DisputedImage, disputedImages } from "../../experiment/disagreement.ts";
import type { FinishedRun } from "../../experiment/finished-run.ts";
import type { ExperimentIdentity } from "../../experiment/identity.ts";
import { groupByVariant, type VariantRuns } from "../../experiment/variant-runs.ts";
import { comparisonTables, comparisonTitle, conclusion } from "../../output/comparison-tables.ts";
import { percent, thousands } from "../../output/format.ts";
import { comparisonCharts } from "../charts/comparison-charts.ts";
import { drawChart } from "../charts/draw-chart.ts";
import { encodeImages } from "../png.ts";
import { figure, type Html, html, htmlTable, page, section } from "./page.ts";
import { scaledSection } from "./scaled-section.ts";

/** What a page about a comparison shows. */
export interface ComparisonReport {
  readonly comparison: Comparison;
  readonly identity: ExperimentIdentity;
  /** Runs by id. */
  readonly finished: ReadonlyMap<string, FinishedRun>;
  /** Command lines that repeat the experiment and this page. */
  readonly commands: readonly string[];
  /** The images, or a text that says why they are not there. */
  readonly data: Dataset | string;
}

const MOST_DISPUTED = 24;
/** More classes than this are shown as the most frequent confusions. */
const MOST_CLASSES = 20;
const MOST_CONFUSIONS = 20;

/**
 * A comparison as one HTML file that needs neither network nor scripts.
 *
 * @throws PixscaleError if Vega is not installed
 */
export async function comparisonPage(report: ComparisonReport): Promise<string> {
  const { comparison, identity, finished } = report;
  const names = new Set(comparison.variants.map(({ name }) => name));
  const groups = groupByVariant(identity, finished).filter(({ name }) => names.has(name));
  const variants = byAccuracy(comparison.variants);
  const charts = await Promise.all(
    comparisonCharts(comparison).map(async (chart) =>
      figure({ html: await drawChart(chart) }, CAPTIONS[chart.name]),
    ),
  );
  return page(
    `How to scale the pixels of ${comparison.data}`,
    html`<p>${comparisonTitle(comparison)}</p>`,
    answer(comparison),
    section("Results", html`<div class="charts">${charts}</div>`, ...tables(comparison)),
    ...(await scaledPart(report)),
    section("Confusions", ...variants.map((variant) => confusionPart(variant, groups, identity.classNames))),
    await disputedSection(report, groups),
    settingsSection(report),
  );
}

const CAPTIONS: Readonly<Record<string, string>> = {
  accuracy: "Each run's test accuracy; the bar is the mean, the line its 95 % interval.",
  difference: "Difference from the best scaling with its interval; in the green band it does not matter.",
  "learning-curves": "Mean test accuracy while training; the band reaches from the worst to the best seed.",
};

function answer(comparison: Comparison): Html {
  return html`<div class="answer">${conclusion(comparison).map((line) => html`<p>${line}</p>`)}</div>`;
}

function tables(comparison: Comparison): Html[] {
  return comparisonTables(comparison).map(({ head, rows, textColumns }) =>
    // A screen reader reads the sign's column, too.
    htmlTable(
      head.filter((name) => name !== "").join(", "),
      head.map((name) => name || "verdict"),
      rows,
      textColumns,
    ),
  );
}

function confusionPart(
  { name }: ComparedVariant,
  groups: readonly VariantRuns[],
  classNames: readonly string[] | undefined,
): Html {
  const runs = [...(groups.find((group) => group.name === name)?.trained.values() ?? [])];
  const recorded = runs.flatMap(({ test }) => (test.confusion === undefined ? [] : [test.confusion]));
  if (recorded.length === 0) {
    const reason = runs.length === 0 ? "No run trained." : "Not recorded for more than 1,000 classes.";
    return html`<h3>${name}</h3><p>${reason}</p>`;
  }
  const total = recorded.reduce((a, b) =>
    a.map((row, label) => row.map((count, predicted) => count + b[label][predicted])),
  );
  const classes = total.map((_, label) => classNames?.[label] ?? String(label));
  const seeds = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  const label = `Confusions of ${name}, ${seeds} together`;
  if (classes.length <= MOST_CLASSES) {
    const rows = total.map((row, i) => [
      classes[i],
      ...row.map((count) => (count === 0 ? "·" : thousands(count))),
    ]);
    return html`<h3>${name}</h3><p>Rows are labels, columns predictions; ${seeds} together.</p>
${htmlTable(label, ["label", ...classes], rows)}`;
  }
  const kinds = total
    .flatMap((row, i) => row.map((count, j) => ({ from: classes[i], to: classes[j], count, wrong: i !== j })))
    .filter(({ count, wrong }) => wrong && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_CONFUSIONS);
  const rows = kinds.map(({ from, to, count }) => [from, to, thousands(count)]);
  return html`<h3>${name}</h3><p>The most frequent confusions; ${seeds} together.</p>
${htmlTable(label, ["label", "predicted", "images"], rows, 2)}`;
}

async function scaledPart({ data, comparison }: ComparisonReport): Promise<Html[]> {
  if (typeof data === "string") return [];
  const scalings = [...new Set(comparison.variants.map(({ scaling }) => scaling))];
  const { axis, limit } = comparison.shared;
  return [await scaledSection(data, scalings, axis, limit)];
}

async function disputedSection(report: ComparisonReport, groups: readonly VariantRuns[]): Promise<Html> {
  const title = "Images on which the scalings disagree";
  const disputed = disputedImages(groups, MOST_DISPUTED);
  if (disputed.length === 0) return section(title, html`<p>There are none.</p>`);
  const names = groups.filter(({ trained }) => trained.size > 0).map(({ name }) => name);
  const share = ({ wrong }: DisputedImage) =>
    names.map((name, i) => `${name} ${Math.round(100 * wrong[i])} %`).join(", ");
  const { data } = report;
  const explained = html`<p>Numbers of test images, from 0, with the share of runs that get them wrong.</p>`;
  if (typeof data === "string") {
    const rows = disputed.map((each) => [
      String(each.image),
      ...each.wrong.map((part) => `${Math.round(100 * part)} %`),
    ]);
    return section(
      title,
      explained,
      html`<p>The images are not shown: ${data}.</p>`,
      htmlTable(title, ["image", ...names], rows),
    );
  }
  const pictures = await encodeImages(
    data.test,
    disputed.map(({ image }) => image),
  );
  const items = disputed.map(
    (each, i) =>
      html`<li><img alt="test image ${each.image}" src="data:image/png;base64,${pictures[i].toString("base64")}">
<br>${each.image}: wrong with ${share(each)}</li>`,
  );
  return section(title, explained, html`<ul class="images">${items}</ul>`);
}

function settingsSection({ comparison, identity, finished, commands }: ComparisonReport): Html {
  const { shared, method, pixscale, dataset, runs } = comparison;
  const settings = Object.entries({ ...shared, ...method, ...identity.reading })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)]);
  const weights = comparison.variants.flatMap(({ name, runs: all }) =>
    all.map((run) => [
      name,
      String(run.seed),
      run.failure ?? (run.testAccuracy === null ? "" : percent(run.testAccuracy)),
      run.fingerprint?.slice(0, 12) ?? "",
    ]),
  );
  const node = [...new Set([...finished.values()].flatMap((run) => nodeVersion(run) ?? []))].join(", ");
  return section(
    "Settings and how to repeat it",
    html`<pre tabindex="0"><code>${commands.join("\n")}</code></pre>`,
    html`<p>${runs.finished} of ${runs.planned} runs finished. pixscale ${pixscale}, Node ${node}. Dataset ${dataset.slice(0, 12)}.</p>`,
    htmlTable("Settings", ["setting", "value"], settings, 2),
    html`<h3>Runs</h3>`,
    htmlTable("Runs", ["scaling", "seed", "test accuracy", "weights"], weights, 1),
  );
}

function nodeVersion(run: FinishedRun): string | undefined {
  return "versions" in run ? (run.versions as { readonly node?: string }).node : undefined;
}
