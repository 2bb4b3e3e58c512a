import { PassThrough } from "node:stream";

/** A stream that keeps what is written to it; `terminal` makes it look like one. */
export function recorder(terminal: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const parts: string[] = [];
  const stream = new PassThrough();
  stream.on("data", (part) => parts.push(String(part)));
  Object.assign(stream, {
    isTTY: terminal,
    columns: 200,
    rows: 24,
    cursorTo: () => parts.push("\r"),
    clearLine: () => true,
    moveCursor: () => true,
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => parts.join("") };
}
