import { spawnSync } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PixscaleError } from "../../src/errors.ts";
import { checkWritableFile, makeWritableFolder, writeFiles } from "../../src/files/write.ts";

/** Root can write everywhere. */
const ROOT = process.getuid?.() === 0;
const WINDOWS = process.platform === "win32";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-files-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);

/** The message of the error that `action` must throw: one line, exit status 1. */
function failure(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(PixscaleError);
    expect((error as PixscaleError).exitStatus).toBe(1);
    expect((error as PixscaleError).message).toMatch(/^[^\n;]+: [^\n;]+; [^\n;]+$/);
    return (error as PixscaleError).message;
  }
  throw new Error("no error");
}

describe("writeFiles", () => {
  it("writes text and bytes, and nothing else", async () => {
    writeFiles(
      new Map<string, string | Uint8Array>([
        [at("a.json"), "é\n"],
        [at("b.bin"), Uint8Array.of(0, 255, 128)],
      ]),
    );
    expect(await readdir(folder)).toEqual(["a.json", "b.bin"]);
    expect(await readFile(at("a.json"), "utf8")).toBe("é\n");
    expect([...(await readFile(at("b.bin")))]).toEqual([0, 255, 128]);
  });

  it("replaces whole files", async () => {
    await writeFile(at("a.json"), "something that was much longer before");
    writeFiles(new Map([[at("a.json"), "new"]]));
    expect(await readFile(at("a.json"), "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("replaces the file that a link points to, and refuses a name that is too long", async () => {
    await writeFile(at("a.json"), "old");
    await symlink(at("a.json"), at("link.json"));
    writeFiles(new Map([[at("link.json"), "new"]]));
    expect([await readFile(at("a.json"), "utf8"), (await readdir(folder)).sort()]).toEqual([
      "new",
      ["a.json", "link.json"],
    ]);
    expect((await lstat(at("link.json"))).isSymbolicLink()).toBe(true);
    const long = at(`${"n".repeat(250)}.json`);
    expect(failure(() => writeFiles(new Map([[long, "new"]])))).toBe(
      `${long}: name too long; choose a shorter name`,
    );
  });

  it("writes only the given part of a buffer", async () => {
    writeFiles(new Map([[at("a.bin"), Uint8Array.of(1, 2, 3, 4).subarray(1, 3)]]));
    expect([...(await readFile(at("a.bin")))]).toEqual([2, 3]);
  });

  it("changes nothing if the folder of one file is missing", async () => {
    await writeFile(at("a.json"), "old");
    const files = new Map([
      [at("a.json"), "new"],
      [at("missing/b.json"), "new"],
      [at("c.json"), "new"],
    ]);
    expect(failure(() => writeFiles(files))).toBe(
      `${at("missing/b.json")}: its folder does not exist; create the folder first`,
    );
    expect(await readdir(folder)).toEqual(["a.json"]);
    expect(await readFile(at("a.json"), "utf8")).toBe("old");
  });

  it("changes nothing if a file is a folder", async () => {
    await writeFile(at("a.json"), "old");
    await mkdir(at("b.json"));
    const files = new Map([
      [at("a.json"), "new"],
      [at("b.json"), "new"],
    ]);
    expect(failure(() => writeFiles(files))).toBe(
      `${at("b.json")}: a folder, not a file; choose another file`,
    );
    expect(await readdir(folder)).toEqual(["a.json", "b.json"]);
    expect(await readFile(at("a.json"), "utf8")).toBe("old");
  });

  it("changes nothing if a folder is a file", async () => {
    await writeFile(at("a"), "old");
    expect(failure(() => writeFiles(new Map([[at("a/b.json"), "new"]])))).toBe(
      `${at("a/b.json")}: part of this path is a file; choose another place`,
    );
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it.skipIf(ROOT || WINDOWS)("refuses a folder that is not writable (unless root)", async () => {
    await chmod(folder, 0o500);
    expect(failure(() => writeFiles(new Map([[at("a.json"), "new"]])))).toContain(
      ": permission denied; choose another place",
    );
    await chmod(folder, 0o700);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("makeWritableFolder", () => {
  it.skipIf(process.platform !== "linux")(
    "fails, and does not hang, where the system refuses new folders",
    () => {
      const source = new URL("../../dist/files/write.js", import.meta.url);
      const script = `
      const { makeWritableFolder } = await import("${source}");
      try { makeWritableFolder("/proc/pixscale/runs"); } catch (error) { console.log(error.message); }
    `;
      // In another process, because Node's own mkdir would never return.
      const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
        timeout: 20_000,
      });
      expect(stdout).toMatch(/^\/proc\/pixscale\/runs: .+; .+\n$/);
    },
  );

  it("makes a folder and its parents", async () => {
    makeWritableFolder(at("a/b/c"));
    expect((await stat(at("a/b/c"))).isDirectory()).toBe(true);
  });

  it("leaves an existing folder unchanged", async () => {
    await writeFile(at("a.json"), "old");
    makeWritableFolder(folder);
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("refuses a file, and a folder in a file", async () => {
    await writeFile(at("a"), "old");
    expect(failure(() => makeWritableFolder(at("a")))).toBe(
      `${at("a")}: a file, not a folder; choose another place`,
    );
    expect(failure(() => makeWritableFolder(at("a/b")))).toMatch(/a\/b: part of this path is a file;/);
  });

  it.skipIf(ROOT || WINDOWS)("refuses a folder that is not writable (unless root)", async () => {
    await chmod(folder, 0o500);
    expect(failure(() => makeWritableFolder(folder))).toContain(": permission denied; choose another place");
    expect(failure(() => makeWritableFolder(at("a")))).toContain(": permission denied; choose another place");
    await chmod(folder, 0o700);
  });
});

describe("checkWritableFile", () => {
  it("accepts a new file, an old file and a bare name, and writes nothing", async () => {
    await writeFile(at("old.json"), "old");
    checkWritableFile(at("new.json"));
    checkWritableFile(at("old.json"));
    checkWritableFile("surely-no-such-file.json");
    expect(await readdir(folder)).toEqual(["old.json"]);
    expect(await readFile(at("old.json"), "utf8")).toBe("old");
  });

  it("refuses a folder, a file in a missing folder and a file in a file", async () => {
    await writeFile(at("a"), "old");
    expect(failure(() => checkWritableFile(folder))).toContain(`${folder}: a folder, not a file; `);
    expect(failure(() => checkWritableFile(at("b/c.json")))).toContain(
      `${at("b/c.json")}: its folder does not exist; `,
    );
    expect(failure(() => checkWritableFile(at("a/c.json")))).toContain(
      `${at("a/c.json")}: part of this path is a file; `,
    );
  });

  it.skipIf(WINDOWS)("refuses a named pipe, which writing would replace", async () => {
    const made = spawnSync("mkfifo", [at("pipe")]);
    expect(made.status).toBe(0);
    expect(failure(() => checkWritableFile(at("pipe")))).toContain(`${at("pipe")}: not a regular file; `);
  });

  it.skipIf(WINDOWS)("accepts a link to a file", async () => {
    await writeFile(at("a.json"), "old");
    await symlink(at("a.json"), at("link.json"));
    checkWritableFile(at("link.json"));
  });

  it.skipIf(ROOT || WINDOWS)("refuses a folder that is not writable (unless root)", async () => {
    await chmod(folder, 0o500);
    expect(failure(() => checkWritableFile(at("a.json")))).toContain(
      ": permission denied; choose another place",
    );
    await chmod(folder, 0o700);
  });
});
