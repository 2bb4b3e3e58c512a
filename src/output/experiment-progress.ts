import { SingleBar } from "cli-progress";
import { type FinishedRun, isTrained, type TrainedRun } from "../experiment/finished-run.ts";
import type { PlannedRun } from "../experiment/plan.ts";
import type { ExperimentObserver } from "../experiment/scheduler.ts";
import { duration, percent } from "./format.ts";

/** Shows the progress of an experiment until `stop`. */
export type ExperimentProgress = ExperimentObserver & { stop(): void };

const BAR_FORMAT = "[{bar}] {finished}/{runs} runs  {current}  {left}";

/**
 * Progress of an experiment: one bar on a terminal, else one line per run.
 *
 * @param nameOf the name of a run for people
 */
export function experimentProgress(
  stream: NodeJS.WriteStream,
  nameOf: (run: PlannedRun) => string,
): ExperimentProgress {
  return stream.isTTY ? new Bar(stream, nameOf) : new Lines(stream, nameOf);
}

class Bar implements ExperimentProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar;
  readonly #nameOf: (run: PlannedRun) => string;
  readonly #active = new Map<string, PlannedRun>();
  /** Epochs done, per run. */
  readonly #epochs = new Map<string, number>();
  #finished = 0;
  #started = 0;
  #total = 0;
  /** Epochs done by earlier processes. */
  #before = 0;

  constructor(stream: NodeJS.WriteStream, nameOf: (run: PlannedRun) => string) {
    const style = { barCompleteChar: "=", barIncompleteChar: ".", barsize: 24 };
    this.#stream = stream;
    this.#bar = new SingleBar({ stream, format: BAR_FORMAT, hideCursor: true, ...style });
    this.#nameOf = nameOf;
  }

  onOpen(folder: string): void {
    this.#stream.write(`saving runs to ${folder}\n`);
  }

  onRuns(runs: readonly PlannedRun[], finished: ReadonlySet<string>): void {
    for (const { id, variant } of runs) {
      if (this.#epochs.has(id)) continue;
      this.#epochs.set(id, finished.has(id) ? variant.epochs : 0);
      this.#total += variant.epochs;
      if (!finished.has(id)) continue;
      this.#finished++;
      this.#before += variant.epochs;
    }
    if (this.#started > 0) this.#bar.setTotal(this.#total);
    else if (finished.size < runs.length) {
      this.#started = performance.now();
      this.#bar.start(this.#total, this.#before, this.#fields());
    }
  }

  onStart(run: PlannedRun, epochs: number): void {
    this.#active.set(run.id, run);
    this.#before += epochs;
    this.onProgress(run, epochs);
  }

  onProgress(run: PlannedRun, epochs: number): void {
    this.#epochs.set(run.id, epochs);
    this.#bar.update(this.#done(), this.#fields());
  }

  onFinish(run: PlannedRun): void {
    this.#active.delete(run.id);
    this.#finished++;
    this.onProgress(run, run.variant.epochs);
  }

  onWait(): void {
    this.#bar.update(this.#done(), { ...this.#fields(), current: "waiting for other processes" });
  }

  stop(): void {
    this.#bar.stop();
  }

  #done(): number {
    return [...this.#epochs.values()].reduce((sum, epochs) => sum + epochs, 0);
  }

  #fields() {
    const current = [...this.#active.values()].map((run) => {
      const epoch = Math.min(run.variant.epochs, Math.floor(this.#epochs.get(run.id) ?? 0) + 1);
      return `${this.#nameOf(run)}: ${epoch}/${run.variant.epochs}`;
    });
    const pace = (performance.now() - this.#started) / (this.#done() - this.#before);
    const left = pace * (this.#total - this.#done());
    return {
      finished: this.#finished,
      runs: this.#epochs.size,
      current: current.join("  "),
      left: Number.isFinite(left) ? `${duration(left)} left` : "",
    };
  }
}

class Lines implements ExperimentProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #nameOf: (run: PlannedRun) => string;
  readonly #known = new Set<string>();
  #finished = 0;
  #waiting = false;

  constructor(stream: NodeJS.WriteStream, nameOf: (run: PlannedRun) => string) {
    this.#stream = stream;
    this.#nameOf = nameOf;
  }

  onOpen(folder: string): void {
    this.#stream.write(`saving runs to ${folder}\n`);
  }

  onRuns(runs: readonly PlannedRun[], finished: ReadonlySet<string>): void {
    const first = this.#known.size === 0;
    for (const { id } of runs) {
      if (!this.#known.has(id) && finished.has(id)) this.#finished++;
      this.#known.add(id);
    }
    if (first && finished.size > 0) {
      this.#stream.write(`${finished.size} of ${runs.length} runs are already finished\n`);
    }
  }

  onStart(run: PlannedRun, epochs: number): void {
    if (epochs === 0) return;
    this.#stream.write(`${this.#nameOf(run)} continues after epoch ${epochs} of ${run.variant.epochs}\n`);
  }

  onFinish(run: PlannedRun, document: FinishedRun): void {
    const result = isTrained(document) ? trainedText(document) : document.diverged;
    this.#stream.write(`${++this.#finished}/${this.#known.size} ${this.#nameOf(run)}: ${result}\n`);
  }

  onWait(): void {
    if (!this.#waiting) this.#stream.write("waiting for runs of other processes\n");
    this.#waiting = true;
  }

  stop(): void {}
}

function trainedText({ test, epochs }: TrainedRun): string {
  const time = epochs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `test accuracy ${percent(test.accuracy)}, ${duration(time)}`;
}
