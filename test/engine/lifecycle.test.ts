import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

/** Each test runs in a process of its own: errors with threads tend to hang, and a hanging process can be killed. */

const DIST = new URL("../../dist/", import.meta.url);
/** Far longer than any of these scripts takes: after that a script counts as hanging. */
const DEADLINE = 10_000;

const PRELUDE = `
  const { Engine } = await import("${new URL("engine/engine.js", DIST)}");
  const { planMemory } = await import("${new URL("engine/memory-plan.js", DIST)}");
  const { Control } = await import("${new URL("kernels/tables.js", DIST)}");
  const stages = [
    { kind: "convolution", input: { height: 8, width: 8, channels: 1 }, kernelHeight: 3, kernelWidth: 3, filters: 8, relu: true, pool: true },
    { kind: "dense", inputs: 72, units: 4, relu: false },
  ];
  const start = async (threads, maxImages = 128) => {
    const engine = await Engine.create(stages, { maxImages, threads });
    engine.images.fill(0.5);
    return engine;
  };
  const controlOf = (engine) => {
    const plan = planMemory(stages, engine.maxImages, engine.threads);
    return { words: new Int32Array(engine.images.buffer), first: plan.control >> 2 };
  };
  const attempt = (action) => {
    try {
      action();
      return "";
    } catch (error) {
      return String(error.message);
    }
  };
`;

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a script; sends `signal` after its first output. A hanging script is killed and has status null. */
async function runScript(
  script: string,
  { signal, flags = [] }: { signal?: NodeJS.Signals; flags?: string[] } = {},
) {
  const args = [...flags, "-e", `(async () => {${PRELUDE}${script}})()`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const texts = ["", ""];
  child.stdout.on("data", (data) => {
    texts[0] += data;
    if (signal) child.kill(signal);
  });
  child.stderr.on("data", (data) => {
    texts[1] += data;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE);
  const [status, endedBy] = await once(child, "close");
  clearTimeout(timer);
  return { status, signal: endedBy, output: texts[0].trim(), errors: texts[1].trim() } as Ended;
}

const ENDED_WELL = { status: 0, signal: null, errors: "" };

describe.concurrent("a failing thread", () => {
  // Moves only the workers' workspaces outside the memory: the main thread does not fail itself and has to notice.
  const BREAK_WORKERS = `
    const { words, first } = controlOf(engine);
    words[first + Control.workspaceStride] = 0x70000000;
  `;

  it.each([2, 3, 4])("is an error, not a hang, with %i threads", async (threads) => {
    const result = await runScript(`
      const engine = await start(${threads});
      engine.train(128);
      ${BREAK_WORKERS}
      let text = "";
      for (let i = 0; i < 1000 && text === ""; i++) text = attempt(() => engine.train(128));
      console.log(text);
      await engine.close();
      console.log("closed");
    `);
    expect(result).toMatchObject(ENDED_WELL);
    expect(result.output).toMatch(/thread failed.*out of bounds\nclosed$/);
  });

  it("stays an error for all later batches", async () => {
    const result = await runScript(`
      const engine = await start(2);
      ${BREAK_WORKERS}
      let text = "";
      for (let i = 0; i < 1000 && text === ""; i++) text = attempt(() => engine.train(128));
      console.log(attempt(() => engine.train(128)) !== "");
      console.log(attempt(() => engine.evaluate(1)) !== "");
      await engine.close();
    `);
    expect(result).toMatchObject({ ...ENDED_WELL, output: "true\ntrue" });
  });

  it("is an error when the worker fails long before the main thread is done", async () => {
    // The worker traps in its first slice while the main thread still has many slices to do.
    const result = await runScript(`
      const engine = await start(2, 4096);
      ${BREAK_WORKERS}
      let text = "";
      for (let i = 0; i < 100 && text === ""; i++) text = attempt(() => engine.train(4096));
      console.log(text);
      await engine.close();
    `);
    expect(result).toMatchObject(ENDED_WELL);
    expect(result.output).toMatch(/thread failed/);
  });

  it.each([1, 2, 3])("is an error when all threads fail, with %i threads", async (threads) => {
    const result = await runScript(`
      const engine = await start(${threads});
      const { words, first } = controlOf(engine);
      const table = words[first + Control.stageTable];
      words[first + Control.stageTable] = -64;
      console.log(attempt(() => engine.train(128)) !== "");
      words[first + Control.stageTable] = table;
      // Whether the threads recover depends on where they failed; another batch must end in either case.
      attempt(() => engine.train(128));
      console.log("ended");
      await engine.close();
      console.log("closed");
    `);
    expect(result).toMatchObject({ ...ENDED_WELL, output: "true\nended\nclosed" });
  });
});

describe("an engine", () => {
  it.each([1, 2, 4])("ends all its threads in close(), of %i", async (threads) => {
    const result = await runScript(`
      const engine = await start(${threads});
      engine.train(128);
      await engine.close();
      console.log("closed");
    `);
    expect(result).toMatchObject({ ...ENDED_WELL, output: "closed" });
  });

  it("lets the process end without close()", async () => {
    const result = await runScript(`
      const engine = await start(3);
      engine.train(128);
      console.log("done");
    `);
    expect(result).toMatchObject({ ...ENDED_WELL, output: "done" });
  });

  it("does not delay process.exit between batches", async () => {
    const result = await runScript(`
      const engine = await start(3);
      setTimeout(() => process.exit(7), 100);
      const again = () => {
        engine.train(128);
        setImmediate(again);
      };
      again();
    `);
    expect(result).toMatchObject({ status: 7, signal: null, errors: "" });
  });

  it("does not delay SIGTERM while idle", async () => {
    const result = await runScript(
      `
      const engine = await start(3);
      engine.train(128);
      setInterval(() => {}, 1000);
      console.log("idle");
    `,
      { signal: "SIGTERM" },
    );
    expect(result).toMatchObject({ status: null, signal: "SIGTERM", output: "idle" });
  });

  it("does not pass Node's flags on to its threads", async () => {
    const flags = ["--input-type=module"];
    const result = await runScript(
      `
      const engine = await start(2);
      engine.train(128);
      await engine.close();
      console.log("closed");
    `,
      { flags },
    );
    expect(result).toMatchObject({ ...ENDED_WELL, output: "closed" });
  });

  it("leaves nothing running after close(), many times in a row", async () => {
    const result = await runScript(`
      for (let i = 0; i < 15; i++) {
        const engine = await start(3, 8);
        engine.train(8);
        await engine.close();
      }
      console.log(process.getActiveResourcesInfo().filter((name) => /worker|message/i.test(name)).length);
    `);
    expect(result).toMatchObject({ ...ENDED_WELL, output: "0" });
  });
});

describe("an engine's memory", () => {
  it("does not grow with the number of batches", async () => {
    const result = await runScript(
      `
      const engine = await start(2, 32);
      const bytes = engine.images.buffer.byteLength;
      const train = (steps) => {
        for (let i = 0; i < steps; i++) {
          engine.train(1 + (i % 32));
          engine.evaluate(32);
        }
        gc();
        return process.memoryUsage();
      };
      train(200);
      const before = train(200);
      const after = train(600);
      console.log(JSON.stringify({
        wasm: engine.images.buffer.byteLength - bytes,
        heap: after.heapUsed - before.heapUsed,
        buffers: after.arrayBuffers - before.arrayBuffers,
      }));
      await engine.close();
    `,
      { flags: ["--expose-gc"] },
    );
    expect(result).toMatchObject(ENDED_WELL);
    const growth = JSON.parse(result.output) as { wasm: number; heap: number; buffers: number };
    expect(growth.wasm).toBe(0);
    expect(growth.buffers).toBeLessThanOrEqual(0);
    // Less than 600 steps that keep 200 bytes each.
    expect(growth.heap).toBeLessThan(100_000);
  });
});
