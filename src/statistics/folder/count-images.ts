import type { ImageOptions } from "../../data/format.ts";
import {
  DamagedImage,
  ImageDecoder,
  type ImageKind,
  imageKind,
  loadSharp,
} from "../../data/images/image-decoder.ts";
import type { ImageFile } from "../../data/images/image-files.ts";
import { type SentError, toSent } from "../../sent-error.ts";
import { SplitTally, type TallyKind } from "./split-tally.ts";

/** The process of a `CountingProcess`: decodes the images that it is told to and counts their pixels. */

export type CountOrder =
  | { readonly kind: "look"; readonly path: string; readonly reading: ImageOptions }
  | { readonly kind: "begin"; readonly tally: TallyKind; readonly reading: ImageOptions }
  | { readonly kind: "count"; readonly files: readonly ImageFile[] }
  | { readonly kind: "tally" };

/** An image that cannot be decoded. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

export interface Answer {
  /** To `look`, unless the image is damaged. */
  readonly found?: ImageKind | undefined;
  /** To `count`. */
  readonly skipped?: readonly Skipped[];
  /** To `tally`: the JSON of what was counted since the last one. */
  readonly tally?: unknown;
}

export type CountReply =
  | { readonly id: number; readonly answer: Answer; readonly error?: undefined }
  | { readonly id: number; readonly answer?: undefined; readonly error: SentError };

/** What `begin` has set up. */
interface Work {
  readonly kind: TallyKind;
  readonly decoder: ImageDecoder;
  tally: SplitTally;
}

let work: Work | undefined;

// While one of the processes looks at the first image. What fails here fails again when it is needed.
loadSharp().catch(() => {});

// Nobody waits for the answers any more. `process.exit` would wait for files that are being read.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", ({ id, order }: { id: number; order: CountOrder }) => {
  // That nobody takes it any more is told by the disconnection.
  const send = (reply: CountReply) => process.send?.(reply, undefined, undefined, () => {});
  obey(order).then(
    (answer) => send({ id, answer }),
    (error: unknown) => send({ id, error: toSent(error) }),
  );
});

async function obey(order: CountOrder): Promise<Answer> {
  if (order.kind === "look") return { found: await imageKind(order.path, order.reading) };
  if (order.kind === "begin") {
    const { tally: kind, reading } = order;
    work = { kind, decoder: await ImageDecoder.of(kind, reading), tally: new SplitTally(kind) };
    return {};
  }
  if (work === undefined) throw new Error("counting has not begun");
  if (order.kind === "count") return { skipped: await count(work, order.files) };
  const tally = work.tally.toJSON();
  work.tally = new SplitTally(work.kind);
  return { tally };
}

async function count({ decoder, tally }: Work, files: readonly ImageFile[]): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  for (const { path, label } of files) {
    const found = await decoder.decode(path);
    if (found instanceof DamagedImage) {
      skipped.push({ path, reason: found.reason });
      tally.skipped++;
    } else {
      tally.add(found, label);
    }
  }
  return skipped;
}
