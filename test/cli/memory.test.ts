import { expect, it } from "vitest";
import { BIN, environment, startProcess, temporaryFolder } from "./run.ts";

/** Writes the peak memory of the process, in kilobytes, when it ends. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write("PEAK " + process.resourceUsage().maxRSS + "\\n"));',
)}`;

/**
 * Peak memory in megabytes that the guide states, of commands on all 70,000 images of MNIST (55 MB of pixels) with two threads; other
 * machines and versions of Node differ, hence the room of a half.
 */
const STATED: readonly [number, ...string[]][] = [
  [130, "stats"],
  [160, "normalize"],
  [195, "standardize"],
  [130, "preview", "--scalings", "standardize"],
  [170, "train", "--epochs", "1", "--limit", "1280", "--limit-test", "1000", "--threads", "2"],
  [170, "doctor"],
];

it.each(
  STATED,
)("at most half again of %i MB are needed by %s %s %s %s %s", async (stated, command, ...options) => {
  const args = command === "doctor" ? [] : ["mnist", ...options];
  // Without TensorFlow, which takes 500 MB in a process of its own.
  const { stderr, status } = await startProcess(
    process.execPath,
    ["--import", REPORT, BIN, command, ...args, "--quiet"],
    { env: environment({ XDG_CACHE_HOME: temporaryFolder() }) },
  ).finished;
  expect(status).toBe(0);
  const peak = Number(/PEAK (\d+)/.exec(stderr)?.[1]) / 1000;
  expect(peak).toBeGreaterThan(40);
  expect(peak).toBeLessThan(1.5 * stated);
});
