import { resolve } from "node:path";
import { PixscaleError, UsageError } from "../errors.ts";
import { CommandError } from "./command.ts";
import { setUpTensorFlow } from "./setup-tensorflow.ts";
import { SUBJECT } from "./tools.ts";

// `npm run setup:tensorflow [-- WHEEL]`. Exit statuses are those of the command line.

/** Lines of a failed program's output to show. */
const LINES = 20;

const abort = new AbortController();
let interrupted: number | undefined;
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    interrupted = status;
    abort.abort();
  });
}

const started = performance.now();
try {
  const [source, ...more] = process.argv.slice(2);
  if (more.length > 0 || source?.startsWith("-")) {
    throw new UsageError(SUBJECT, "takes one wheel or folder", "run npm run setup:tensorflow -- FILE.whl");
  }
  await setUpTensorFlow({
    // npm runs scripts in the project's folder, and sets INIT_CWD to the folder in which it was started.
    source: source === undefined ? undefined : resolve(process.env.INIT_CWD ?? ".", source),
    signal: abort.signal,
    tell: (line) =>
      console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(3)} s  ${line}`),
  });
} catch (error) {
  if (interrupted === undefined) {
    const output = error instanceof Error && error.cause instanceof CommandError ? error.cause.output : "";
    console.error(
      `${output.trimEnd().split("\n").slice(-LINES).join("\n")}\nerror: ${messageOf(error)}`.trimStart(),
    );
  }
  process.exitCode = interrupted ?? (error instanceof PixscaleError ? error.exitStatus : 1);
}

function messageOf(error: unknown): string {
  if (error instanceof PixscaleError) return error.message;
  return `${SUBJECT}: ${error instanceof Error ? error.message : error}; check the disk, or report this`;
}
