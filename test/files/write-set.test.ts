import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FILES, type FileLayer } from "../../src/files/file-layer.ts";
import { writeFiles } from "../../src/files/write.ts";
import { finishSet, writeSet } from "../../src/files/write-set.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pixscale-set-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = ["a.bin", "b.json", "c.json"];
const setOf = (text: string) => new Map(NAMES.map((name) => [name, `${text} ${name}`]));

/** The real operations, of which the one with this number fails, or ends the process as far as anyone can tell. */
function failingAt(count: number, way: "fails" | "dies"): FileLayer & { calls: number } {
  const layer = { calls: 0 } as FileLayer & { calls: number };
  const guard =
    <Args extends unknown[]>(operation: (...args: Args) => void) =>
    (...args: Args) => {
      const call = layer.calls++;
      if (call === count || (way === "dies" && call > count))
        throw Object.assign(new Error("EIO"), { code: "EIO" });
      operation(...args);
    };
  return Object.assign(layer, {
    create: guard(FILES.create),
    rename: guard(FILES.rename),
    syncFolder: guard(FILES.syncFolder),
    remove: guard(FILES.remove),
  });
}

/** What a reader finds: it finishes what counts, then reads all files. */
function found(): string[] {
  finishSet(folder);
  return NAMES.map((name) => readFileSync(join(folder, name), "utf8").split(" ")[0]);
}

describe.each(["fails", "dies"] as const)("a save of which an operation %s", (way) => {
  it("leaves the old files or the new ones, whichever operation it is", () => {
    const outcomes = new Set<string>();
    for (let count = 0; ; count++) {
      writeSet(folder, setOf("old"));
      const layer = failingAt(count, way);
      let failed = false;
      try {
        writeSet(folder, setOf("new"), layer);
      } catch {
        failed = true;
      }
      const [first, ...others] = found();
      expect(others.every((each) => each === first)).toBe(true);
      if (!failed) expect(first).toBe("new");
      outcomes.add(`${failed ? "failed" : "done"}, ${first}`);
      // The next save clears what is left.
      writeSet(folder, setOf("last"));
      expect([found(), readdirSync(folder).sort()]).toEqual([["last", "last", "last"], NAMES]);
      if (layer.calls <= count) break;
      expect(count).toBeLessThan(100);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(["failed, old", "failed, new", "done, new"]));
  });
});

describe("a written file", () => {
  it("keeps the mode of the one it replaces", () => {
    const path = join(folder, "a");
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    writeFiles(new Map([[path, "new"]]));
    expect([statSync(path).mode & 0o777, readFileSync(path, "utf8")]).toEqual([0o640, "new"]);
  });

  it("never goes through a link at its temporary name", () => {
    const [path, victim] = [join(folder, "a"), join(folder, "victim")];
    writeFileSync(victim, "precious");
    const layer: FileLayer = {
      ...FILES,
      create(temporary, ...rest) {
        symlinkSync(victim, temporary);
        FILES.create(temporary, ...rest);
      },
    };
    expect(() => writeFiles(new Map([[path, "new"]]), layer)).toThrow(/cannot be written|exists|a file/);
    expect(readFileSync(victim, "utf8")).toBe("precious");
  });
});
