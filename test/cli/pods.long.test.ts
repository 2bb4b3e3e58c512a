import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Comparison } from "../../src/experiment/comparison.ts";
import { BIN, environment, json, temporaryFolder } from "./run.ts";

/**
 * Four "pods" of an indexed Job on one volume: processes in namespaces of their own, so that all have the same process id, and a file
 * system whose renames take 0.3 s.
 */
const isolated = spawnSync("unshare", ["--pid", "--uts", "--fork", "--mount-proc", "true"]).status === 0;
const canSlowDown = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;
const PODS = 4;
const ARGS = [
  ...["compare", "mnist-mini", "--scalings", "none,standardize,center", "--seeds", "4", "--epochs", "4"],
  ...["--limit", "1024", "--limit-test", "100", "--jobs", "1", "--quiet"],
];

interface Pod {
  /** The status it ended with; null if it was killed. */
  readonly ended: Promise<number | null>;
  readonly errors: () => string;
  kill(): void;
}

function startPod(index: number, folder: string): Pod {
  const compare = `exec ${process.execPath} ${BIN} ${ARGS.join(" ")} --shard ${index}/${PODS} --out ${folder}`;
  const pod = [
    "unshare",
    "--pid",
    "--uts",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "sh",
    "-c",
    `hostname pod${index}; ${compare}`,
  ];
  const slow = ["strace", "-f", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2"];
  const delay = ["-e", "inject=rename,renameat,renameat2:delay_enter=300000"];
  const [file, ...args] = canSlowDown ? [...slow, ...delay, ...pod] : pod;
  const child = spawn(file, args, {
    env: environment(),
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  return {
    ended: new Promise((resolve) => child.on("close", resolve)),
    errors: () => errors,
    kill: () => {
      if (child.exitCode === null) process.kill(-(child.pid as number), "SIGKILL");
    },
  };
}

describe.skipIf(!isolated)("pods with equal process ids on a slow shared volume", () => {
  it("end with the answer of one process, though some are killed and started again", async () => {
    const folder = join(temporaryFolder(), "runs");
    mkdirSync(folder);
    let kills = 0;
    const shards = Array.from({ length: PODS }, (_, i) => i + 1);
    const restart = async (index: number): Promise<void> => {
      for (let life = 0; ; life++) {
        const pod = startPod(index, folder);
        // Two of the pods die twice, at other times.
        if (index <= 2 && life < 2) {
          await setTimeout(1500 * index + 900 * life);
          pod.kill();
          if ((await pod.ended) === null) kills++;
          continue;
        }
        expect({ index, status: await pod.ended, errors: pod.errors() }).toEqual({
          index,
          status: 0,
          errors: "",
        });
        return;
      }
    };
    await Promise.all(shards.map(restart));
    expect(kills).toBeGreaterThan(1);
    const check = await json<{ folders: { damaged: unknown[]; finished: number }[] }>("check", folder);
    expect(check.folders[0]).toMatchObject({ damaged: [], finished: 12 });
    const alone = await json<Comparison>(
      ...ARGS.filter((arg) => arg !== "--quiet"),
      "--out",
      join(temporaryFolder(), "alone"),
    );
    const together = await json<Comparison>("report", folder);
    const fingerprints = ({ variants }: Comparison) =>
      variants.map(({ name, runs }) => [name, runs.map((run) => run.fingerprint)]);
    expect(fingerprints(together)).toEqual(fingerprints(alone));
  });
});
