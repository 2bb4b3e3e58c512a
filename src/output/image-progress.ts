import { BAR_STYLE, MOST_BAR } from "./bar-style.ts";

/** Shows the progress of reading images. */
export interface ImageProgress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar with images per second; undefined unless the stream is a terminal. */
export async function imageProgress(stream: NodeJS.WriteStream): Promise<ImageProgress | undefined> {
  if (!stream.isTTY) return undefined;
  const { SingleBar } = await import("cli-progress");
  const format = "Images [{bar}] {value}/{total}  {rate} images/s";
  const bar = new SingleBar({ stream, format, barsize: MOST_BAR, ...BAR_STYLE });
  let started: number | undefined;
  let stopped = false;
  return {
    update(done, total) {
      // Late images after a failure.
      if (stopped) return;
      if (started === undefined) {
        started = performance.now();
        bar.start(total, 0, { rate: "-" });
      }
      bar.update(done, { rate: ((done * 1000) / (performance.now() - started)).toFixed(0) });
      if (done < total) return;
      bar.stop();
      // The next split starts a new bar.
      started = undefined;
    },
    stop() {
      stopped = true;
      bar.stop();
    },
  };
}
