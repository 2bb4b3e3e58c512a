import { parentPort } from "node:worker_threads";
import type { ImageFile } from "../../data/images/image-files.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { type SentError, toSent } from "../../sent-error.ts";
import type { ImageSample } from "../sample/sample-images.ts";
import { Counter, type Skipped } from "./counter.ts";
import type { TallyKind } from "./split-tally.ts";

/** The program of a `CountingThread`: a `Counter` that is given orders. */

export type CountOrder =
  | { readonly kind: "begin"; readonly tally: TallyKind; readonly reading: ImageOptions }
  | { readonly kind: "count"; readonly files: readonly ImageFile[] }
  | { readonly kind: "sum"; readonly files: readonly ImageFile[] }
  | { readonly kind: "tally" };

export interface CountResult {
  /** Of `count`. */
  readonly skipped?: readonly Skipped[];
  /** Of `sum`: one per file. */
  readonly sums?: readonly (ImageSample | Skipped)[];
  /** Of `tally`: the counts since the last one, as JSON. */
  readonly tally?: unknown;
}

export type CountReply =
  | { readonly id: number; readonly result: CountResult; readonly error?: undefined }
  | { readonly id: number; readonly result?: undefined; readonly error: SentError };

let counter: Counter | undefined;

parentPort?.on("message", ({ id, order }: { id: number; order: CountOrder }) => {
  const send = (reply: CountReply) => parentPort?.postMessage(reply);
  obey(order).then(
    (result) => send({ id, result }),
    (error: unknown) => send({ id, error: toSent(error) }),
  );
});

async function obey(order: CountOrder): Promise<CountResult> {
  if (order.kind === "begin") {
    counter = new Counter(order.tally, order.reading);
    return {};
  }
  if (counter === undefined) throw new Error("counting has not begun");
  if (order.kind === "sum") return { sums: await counter.sum(order.files) };
  if (order.kind === "count") return { skipped: await counter.count(order.files) };
  return { tally: (await counter.takeTally()).toJSON() };
}
