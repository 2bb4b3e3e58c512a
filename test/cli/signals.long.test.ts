import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/random.ts";
import { slowToWhiten } from "./npy-folder.ts";
import { start } from "./run.ts";

const LARGE = slowToWhiten();

describe("a signal at a random moment of a long fit", () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("%s always ends the process with status %i", async (signal, status) => {
    const stream = new RandomStream(3, "shuffle");
    for (let time = 0; time < 40; time++) {
      const run = start(time % 2 === 0 ? ["whiten", LARGE] : ["train", LARGE, "--scaling", "zca"], {
        timeout: 20_000,
      });
      await run.untilStderr("can take a minute");
      await setTimeout(stream.below(300));
      run.process.kill(signal);
      expect((await run.finished).status).toBe(status);
    }
  });
});
