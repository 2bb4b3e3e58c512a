import { parentPort, workerData } from "node:worker_threads";
import { type SentError, toSent } from "../../sent-error.ts";
import { DamagedImage } from "./damage.ts";
import { type DecodedImage, ImageDecoder } from "./image-decoder.ts";
import type { ImageOptions } from "./image-options.ts";

/** A thread of `DecodingThreads`: decodes images in the order of its messages. */

export interface DecodeOrder {
  readonly id: number;
  readonly path: string;
  readonly content: Uint8Array;
}

export type DecodeReply = { readonly id: number } & (
  | { readonly image: DecodedImage }
  | { readonly damage: Pick<DamagedImage, "path" | "reason"> }
  | { readonly error: SentError }
);

const decoder = new ImageDecoder(workerData as ImageOptions);

parentPort?.on("message", ({ id, path, content }: DecodeOrder) => {
  decoder.decode({ path, content, label: 0 }).then(
    (found) => {
      if (found instanceof DamagedImage) send({ id, damage: { path: found.path, reason: found.reason } });
      else sendImage({ id, image: found });
    },
    (error: unknown) => send({ id, error: toSent(error) }),
  );
});

function send(reply: DecodeReply): void {
  parentPort?.postMessage(reply);
}

/** Sends pixels without copying them, if they have memory that can be given away; sharp's cannot. */
function sendImage(reply: { readonly id: number; readonly image: DecodedImage }): void {
  const { buffer } = reply.image.values;
  try {
    parentPort?.postMessage(reply, [buffer as ArrayBuffer]);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "DataCloneError")) throw error;
    send(reply);
  }
}
