import { chalkStderr } from "chalk";
import { MultiBar, type SingleBar } from "cli-progress";
import { failureOf } from "../experiment/failures.ts";
import { type FinishedRun, isTrained, type TrainedRun } from "../experiment/finished-run.ts";
import { describeSample, meanInterval } from "../experiment/inference/sample.ts";
import { type ExperimentPlan, type PlannedRun, variantName } from "../experiment/plan.ts";
import type { Holder } from "../experiment/run-lock.ts";
import { type ExperimentObserver, runName } from "../experiment/scheduler.ts";
import { printable } from "../printable.ts";
import { shortenMiddle } from "./fit-table.ts";
import { duration, percent, shortText } from "./format.ts";

/** Shows the progress of an experiment until `stop`. */
export type ExperimentProgress = ExperimentObserver & { stop(): void };

const TOTAL_FORMAT = "{left}[{bar}] {finished}/{runs} runs{state}";
const MOST_HOST = 40;
const ROW_FORMAT = "  {name} {figures}";

/**
 * Progress of an experiment: on a terminal the time left and a line per scaling with its accuracy so far, else one line per run.
 */
export function experimentProgress(stream: NodeJS.WriteStream, plan: ExperimentPlan): ExperimentProgress {
  return stream.isTTY ? new Live(stream, plan) : new Lines(stream, plan);
}

/** The lines of a live display vanish at its end: the result has the figures. */
class Live implements ExperimentProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #plan: ExperimentPlan;
  readonly #bars: MultiBar;
  readonly #rows = new Map<string, LiveRow>();
  /** Epochs done, per run. */
  readonly #epochs = new Map<string, number>();
  readonly #cautioned = new Set<string>();
  #bar: SingleBar | undefined;
  #finished = 0;
  #started = 0;
  #total = 0;
  /** Epochs done by earlier processes. */
  #before = 0;

  constructor(stream: NodeJS.WriteStream, plan: ExperimentPlan) {
    const style = { barCompleteChar: "=", barIncompleteChar: ".", barsize: 24 };
    this.#stream = stream;
    this.#plan = plan;
    this.#bars = new MultiBar({
      stream,
      format: TOTAL_FORMAT,
      hideCursor: true,
      clearOnComplete: true,
      ...style,
    });
  }

  onOpen(folder: string): void {
    this.#stream.write(`saving runs to ${printable(folder)}\n`);
  }

  onRuns(runs: readonly PlannedRun[], finished: ReadonlyMap<string, FinishedRun>): void {
    const first = this.#epochs.size === 0;
    for (const run of runs) {
      if (this.#epochs.has(run.id)) continue;
      const document = finished.get(run.id);
      const row = this.#row(run);
      row.runs++;
      this.#epochs.set(run.id, document === undefined ? 0 : run.variant.epochs);
      this.#total += run.variant.epochs;
      if (document === undefined) continue;
      this.#finished++;
      this.#before += run.variant.epochs;
      row.finished.push(document);
    }
    if (first && finished.size > 0) this.#stream.write(resumeText(runs.length, finished.size));
    if (this.#finished === this.#epochs.size) return;
    if (this.#started === 0) this.#started = performance.now();
    this.#draw();
  }

  onStart(run: PlannedRun, epochs: number): void {
    this.#before += epochs;
    this.onProgress(run, epochs);
  }

  onCautions(run: PlannedRun, texts: readonly string[]): void {
    for (const line of cautionLines(this.#cautioned, run, texts)) this.#bars.log(line);
  }

  onProgress(run: PlannedRun, epochs: number): void {
    this.#epochs.set(run.id, epochs);
    this.#row(run).current.set(run.seed, epochs);
    this.#draw();
  }

  onFinish(run: PlannedRun, document: FinishedRun): void {
    this.#finished++;
    this.#epochs.set(run.id, run.variant.epochs);
    const row = this.#row(run);
    row.current.delete(run.seed);
    row.finished.push(document);
    this.#draw();
  }

  onWait(holder: Holder | "unknown"): void {
    this.#draw(`, waiting for ${holderText(holder)}`);
  }

  stop(): void {
    this.#bars.stop();
  }

  #row({ variant }: PlannedRun): LiveRow {
    const name = variantName(this.#plan, variant);
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const row = { epochs: variant.epochs, runs: 0, finished: [], current: new Map<number, number>() };
    this.#rows.set(name, row);
    return row;
  }

  #draw(state = ""): void {
    const done = [...this.#epochs.values()].reduce((sum, epochs) => sum + epochs, 0);
    const pace = (performance.now() - this.#started) / (done - this.#before);
    const left = pace * (this.#total - done);
    const fields = {
      finished: this.#finished,
      runs: this.#epochs.size,
      left: Number.isFinite(left) ? `${duration(left)} left ` : "",
      state,
    };
    this.#bar ??= this.#bars.create(this.#total, done, fields);
    this.#bar.setTotal(this.#total);
    this.#bar.update(done, fields);
    const width = Math.min(MAX_NAME, Math.max(...[...this.#rows.keys()].map((name) => name.length)));
    for (const [name, row] of this.#rows) {
      const shown = { name: shortenMiddle(name, width).padEnd(width), figures: rowFigures(row) };
      row.bar ??= this.#bars.create(1, 0, shown, { format: ROW_FORMAT });
      row.bar.update(0, shown);
    }
  }
}

/** Names of scalings take at most this much of a line of 80 columns. */
const MAX_NAME = 28;

/** What is known of a scaling while the experiment runs. */
interface LiveRow {
  readonly epochs: number;
  readonly finished: FinishedRun[];
  /** Epochs done of the runs in progress, by seed. */
  readonly current: Map<number, number>;
  runs: number;
  bar?: SingleBar;
}

/** `3/5 runs  98.07 % (97.78 … 98.36)  epoch 2/5` */
function rowFigures({ epochs, finished, current, runs }: LiveRow): string {
  const trained = finished.filter((run): run is TrainedRun => isTrained(run) && failureOf(run) === undefined);
  const parts = [`${finished.length}/${runs} runs`];
  if (trained.length > 0) {
    const sample = describeSample(trained.map(({ test }) => test.accuracy));
    const interval = meanInterval(sample);
    const [low, high] = (interval ?? []).map((bound) => (100 * Math.min(1, Math.max(0, bound))).toFixed(2));
    parts.push(`${percent(sample.mean)}${interval === undefined ? "" : ` (${low} … ${high})`}`);
  }
  if (trained.length < finished.length) parts.push(`${finished.length - trained.length} failed`);
  for (const done of current.values())
    parts.push(`epoch ${Math.min(epochs, Math.floor(done) + 1)}/${epochs}`);
  return parts.join("  ");
}

/** Each scaling's first run speaks for the others. @param seen the scalings that have spoken */
function cautionLines(seen: Set<string>, { variant }: PlannedRun, texts: readonly string[]): string[] {
  if (seen.has(variant.scaling)) return [];
  seen.add(variant.scaling);
  return texts.map((text) => `${chalkStderr.yellow("warning:")} ${variant.scaling}: ${text}\n`);
}

function resumeText(runs: number, finished: number): string {
  return `${finished} of ${runs} runs were finished; ${runs - finished} to go\n`;
}

class Lines implements ExperimentProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #plan: ExperimentPlan;
  readonly #known = new Set<string>();
  readonly #cautioned = new Set<string>();
  #finished = 0;
  #waiting = false;

  constructor(stream: NodeJS.WriteStream, plan: ExperimentPlan) {
    this.#stream = stream;
    this.#plan = plan;
  }

  onOpen(folder: string): void {
    this.#stream.write(`saving runs to ${printable(folder)}\n`);
  }

  onRuns(runs: readonly PlannedRun[], finished: ReadonlyMap<string, FinishedRun>): void {
    const first = this.#known.size === 0;
    for (const { id } of runs) {
      if (!this.#known.has(id) && finished.has(id)) this.#finished++;
      this.#known.add(id);
    }
    if (first && finished.size > 0) this.#stream.write(resumeText(runs.length, finished.size));
  }

  onStart(run: PlannedRun, epochs: number): void {
    if (epochs === 0) return;
    this.#stream.write(
      `${runName(this.#plan, run)} continues after epoch ${epochs} of ${run.variant.epochs}\n`,
    );
  }

  onCautions(run: PlannedRun, texts: readonly string[]): void {
    for (const line of cautionLines(this.#cautioned, run, texts)) this.#stream.write(line);
  }

  onFinish(run: PlannedRun, document: FinishedRun): void {
    const result = isTrained(document) ? trainedText(document) : document.diverged;
    this.#stream.write(`${++this.#finished}/${this.#known.size} ${runName(this.#plan, run)}: ${result}\n`);
  }

  onWait(holder: Holder | "unknown"): void {
    if (!this.#waiting) this.#stream.write(`waiting for the runs of ${holderText(holder)}\n`);
    this.#waiting = true;
  }

  stop(): void {}
}

function trainedText({ test, epochs }: TrainedRun): string {
  const time = epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `test accuracy ${percent(test.accuracy)}, ${duration(time)}`;
}

function holderText(holder: Holder | "unknown"): string {
  return holder === "unknown"
    ? "another process"
    : `process ${holder.pid} on ${shortText(holder.host, MOST_HOST)}`;
}
