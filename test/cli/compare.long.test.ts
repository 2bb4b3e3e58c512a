import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Comparison } from "../../src/experiment/comparison.ts";
import { RandomStream } from "../../src/random.ts";
import { COMPARE, timeless } from "./compare-support.ts";
import { json, start, temporaryFolder } from "./run.ts";

let undisturbed: Comparison;
let folder: string;

beforeAll(async () => {
  folder = join(temporaryFolder(), "runs");
  undisturbed = await json<Comparison>(...COMPARE, "--out", folder);
});

/** Kills it again and again until it ends, and returns how often. */
async function killUntilDone(out: string, stream: RandomStream): Promise<number> {
  for (let kills = 0; ; kills++) {
    const { process, finished } = start([...COMPARE, "--out", out, "--json", "--quiet"]);
    // The first kills come while it starts, the later ones leave it more and more time.
    const delay = stream.below(400 + 250 * kills);
    await Promise.race([finished, setTimeout(delay)]);
    if (process.exitCode === null) process.kill("SIGKILL");
    const { status, stdout } = await finished;
    if (status === null) continue;
    expect(status).toBe(0);
    expect(timeless(JSON.parse(stdout))).toEqual(timeless(undisturbed));
    expect(readdirSync(join(out, "runs")).filter((name) => /\.(tmp|checkpoint)$/.test(name))).toEqual([]);
    return kills;
  }
}

describe("compare", () => {
  it("killed at random moments ends as if it had never been", async () => {
    const stream = new RandomStream(7, "shuffle");
    // How often one experiment is killed depends on how fast it is.
    let kills = 0;
    for (let i = 0; kills < 20; i++) kills += await killUntilDone(`${folder}-killed-${i}`, stream);
  });
});
