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

/** For root everything is writable. */
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

/** The message of the one-line error with exit status 1 that `action` must fail with. */
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

  it("replaces files whole", async () => {
    await writeFile(at("a.json"), "something that was much longer before");
    writeFiles(new Map([[at("a.json"), "new"]]));
    expect(await readFile(at("a.json"), "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("replaces what a link leads to, and says where a name is too long", async () => {
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
      `${long}: has too long a name; choose a shorter one`,
    );
  });

  it("writes only the part of a buffer that it is given", async () => {
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
      `${at("missing/b.json")}: is in a folder that does not exist; make the folder first`,
    );
    expect(await readdir(folder)).toEqual(["a.json"]);
    expect(await readFile(at("a.json"), "utf8")).toBe("old");
  });

  it("changes nothing if a folder is where a file must go", async () => {
    await writeFile(at("a.json"), "old");
    await mkdir(at("b.json"));
    const files = new Map([
      [at("a.json"), "new"],
      [at("b.json"), "new"],
    ]);
    expect(failure(() => writeFiles(files))).toContain(`${at("b.json")}: `);
    expect(await readdir(folder)).toEqual(["a.json", "b.json"]);
    expect(await readFile(at("a.json"), "utf8")).toBe("old");
  });

  it("changes nothing if a file is where a folder must be", async () => {
    await writeFile(at("a"), "old");
    expect(failure(() => writeFiles(new Map([[at("a/b.json"), "new"]])))).toContain(`${at("a/b.json")}: `);
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it.skipIf(ROOT || WINDOWS)("says that a folder may not be written (not as root)", async () => {
    await chmod(folder, 0o500);
    expect(failure(() => writeFiles(new Map([[at("a.json"), "new"]])))).toContain("may not be written");
    await chmod(folder, 0o700);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("makeWritableFolder", () => {
  it.skipIf(process.platform !== "linux")(
    "fails where the system takes no folders, and does not hang",
    () => {
      const source = new URL("../../dist/files/write.js", import.meta.url);
      const script = `
      const { makeWritableFolder } = await import("${source}");
      try { makeWritableFolder("/proc/pixscale/runs"); } catch (error) { console.log(error.message); }
    `;
      // In a process of its own, because Node's own mkdir would never return.
      const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8",
        timeout: 20_000,
      });
      expect(stdout).toMatch(/^\/proc\/pixscale\/runs: .+; .+\n$/);
    },
  );

  it("makes a folder and those above it", async () => {
    makeWritableFolder(at("a/b/c"));
    expect((await stat(at("a/b/c"))).isDirectory()).toBe(true);
  });

  it("leaves a folder that is there as it is", async () => {
    await writeFile(at("a.json"), "old");
    makeWritableFolder(folder);
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("refuses a file, and a folder in a file", async () => {
    await writeFile(at("a"), "old");
    expect(failure(() => makeWritableFolder(at("a")))).toBe(
      `${at("a")}: is a file, but a folder is needed; choose another place`,
    );
    expect(failure(() => makeWritableFolder(at("a/b")))).toMatch(
      /a\/b: has a file where a folder is needed;/,
    );
  });

  it.skipIf(ROOT || WINDOWS)("refuses a folder that may not be written (not as root)", async () => {
    await chmod(folder, 0o500);
    expect(failure(() => makeWritableFolder(folder))).toContain("may not be written");
    expect(failure(() => makeWritableFolder(at("a")))).toContain("may not be written");
    await chmod(folder, 0o700);
  });
});

describe("checkWritableFile", () => {
  it("accepts a new file, an old one, and a bare name, and writes nothing", async () => {
    await writeFile(at("old.json"), "old");
    checkWritableFile(at("new.json"));
    checkWritableFile(at("old.json"));
    checkWritableFile("surely-no-such-file.json");
    expect(await readdir(folder)).toEqual(["old.json"]);
    expect(await readFile(at("old.json"), "utf8")).toBe("old");
  });

  it("refuses a folder, a file in no folder, and a file in a file", async () => {
    await writeFile(at("a"), "old");
    expect(failure(() => checkWritableFile(folder))).toContain(`${folder}: is a folder; `);
    expect(failure(() => checkWritableFile(at("b/c.json")))).toContain(`${at("b/c.json")}: `);
    expect(failure(() => checkWritableFile(at("a/c.json")))).toContain(`${at("a/c.json")}: `);
  });

  it.skipIf(WINDOWS)("refuses what is neither a file nor a folder, which writing would replace", async () => {
    const made = spawnSync("mkfifo", [at("pipe")]);
    expect(made.status).toBe(0);
    expect(failure(() => checkWritableFile(at("pipe")))).toContain(`${at("pipe")}: `);
  });

  it.skipIf(WINDOWS)("accepts a link to a file", async () => {
    await writeFile(at("a.json"), "old");
    await symlink(at("a.json"), at("link.json"));
    checkWritableFile(at("link.json"));
  });

  it.skipIf(ROOT || WINDOWS)("refuses a folder that may not be written (not as root)", async () => {
    await chmod(folder, 0o500);
    expect(failure(() => checkWritableFile(at("a.json")))).toContain("may not be written");
    await chmod(folder, 0o700);
  });
});
