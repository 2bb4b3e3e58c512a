import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { errorLine, json, pixscale, type StatsDocument, temporaryFolder } from "./run.ts";

/** A folder with a pipe that nobody writes to. */
function pipe(name: string): string {
  const path = join(temporaryFolder(), name);
  execFileSync("mkfifo", [path]);
  return path;
}

/** Two classes of gray images. */
function imageFolder(): string {
  const folder = temporaryFolder();
  for (const name of ["a", "b"]) {
    mkdirSync(join(folder, name));
    for (let i = 0; i < 5; i++) {
      const pixels = Uint8Array.from({ length: 16 }, (_, at) => (at * 31 + i * 17) % 256);
      writeFileSync(join(folder, name, `${i}.pgm`), Buffer.concat([Buffer.from("P5 4 4 255\n"), pixels]));
    }
  }
  return folder;
}

function bmpHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(54);
  header.write("BM");
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
  ])
    header.writeUInt32LE(value, at);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  return header;
}

/** The first chunk of a PNG, and an empty last one. */
function pngHeader(width: number, height: number): Buffer {
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", Buffer.alloc(0)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe.concurrent("a named pipe is refused before it is opened", () => {
  it.each([
    ["stats", "data"],
    ["stats", "data.npz"],
    ["stats", "data.csv"],
    ["stats", "data.tar.gz"],
    ["stats", "data.h5"],
    ["stats", "data.parquet"],
    ["stats --merge", "shard.json"],
    ["normalize", "data.npy"],
    ["train", "data.tar"],
    ["preview", "data.mat"],
  ])("%s %s", async (command, name) => {
    const path = pipe(name);
    const error = errorLine(await pixscale(...command.split(" "), path), 1);
    expect(error).toBe(`${path}: not a regular file; copy its content to a file first`);
  });

  it("as a scaler, and as a table of labels", async () => {
    const scaler = pipe("scaler.json");
    const save = ["--save", join(temporaryFolder(), "out.npy")];
    expect(errorLine(await pixscale("apply", scaler, "mnist-mini", ...save), 1)).toContain("not a regular");
    const labels = pipe("labels.csv");
    expect(errorLine(await pixscale("stats", imageFolder(), "--labels", labels), 1)).toContain(
      "not a regular",
    );
  });
});

describe.concurrent("an error of reading", () => {
  // Reading this file of Linux fails with EIO.
  const unreadable = "/proc/self/mem";

  it.skipIf(!existsSync(unreadable)).each(["stats", "normalize"])(
    "ends %s, as it says nothing about the image",
    async (command) => {
      const folder = imageFolder();
      symlinkSync(unreadable, join(folder, "a", "5.pgm"));
      const args = ["--test-split", "0", "--no-cache"];
      const { status, stdout, stderr } = await pixscale(command, folder, ...args);
      expect(stderr).toContain(`error: ${join(folder, "a", "5.pgm")}: the disk failed to read it (EIO); `);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    },
  );
});

describe.concurrent("images that cannot be decoded", () => {
  it.each([
    "stats",
    "normalize",
    "preview",
  ])("are counted by %s with --quiet and in its document", async (command) => {
    const folder = imageFolder();
    writeFileSync(join(folder, "b", "5.pgm"), "no image");
    writeFileSync(join(folder, "b", "6.pgm"), "no image");
    const scaling = command === "preview" ? ["--scalings", "center"] : [];
    const { stdout, stderr, status } = await pixscale(
      command,
      folder,
      ...scaling,
      "--json",
      "--quiet",
      "--no-cache",
    );
    expect(stderr).toBe(
      `warning: 2 images skipped, the first: ${join(folder, "b", "5.pgm")}: ` +
        "cannot be decoded (not an image of a known format)\n",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ skipped: 2 });
  });

  it("are not mentioned in the document if there are none", async () => {
    expect(await json<StatsDocument>("stats", imageFolder())).not.toHaveProperty("skipped");
  });
});

describe.concurrent("an image that claims too many pixels", () => {
  it.each([
    ["PGM", "big.pgm", Buffer.from("P5 20000 10000 255\n")],
    ["BMP", "big.bmp", bmpHeader(20_000, 10_000)],
    ["PNG", "big.png", pngHeader(20_000, 10_000)],
  ])("is refused by name before it is decoded: %s", async (_, name, file) => {
    const folder = imageFolder();
    writeFileSync(join(folder, "a", name), file);
    for (const command of ["stats", "normalize"]) {
      const { stderr, status } = await pixscale(command, folder, "--test-split", "0", "--no-cache");
      expect(stderr).toMatch(
        /error: .*big\.\w+: (20000 by 10000 pixels, )?more than 100,000,000 pixels; allow more with --max-pixels \d+, /,
      );
      expect(status).toBe(1);
    }
    const allowed = await pixscale("stats", folder, "--test-split", "0", "--max-pixels", "300000000");
    expect(allowed.stderr).toMatch(/big\.\w+: cannot be decoded/);
  });
});

describe.concurrent("control characters of names", () => {
  it("do not reach the terminal", async () => {
    const folder = join(temporaryFolder(), "\x1b[31mred\x07\u202e\n");
    mkdirSync(folder);
    for (const args of [
      ["stats", folder],
      ["stats", join(folder, "none")],
      ["normalize", folder, "--\x1b[2J"],
    ]) {
      const { stdout, stderr } = await pixscale(...args);
      expect(stdout + stderr).toMatch(/error: /);
      expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
  });

  it("of classes and of files in warnings neither", async () => {
    const folder = imageFolder();
    mkdirSync(join(folder, "\x1b[2Jc"));
    writeFileSync(join(folder, "\x1b[2Jc", "\x9b31m.pgm"), "no image");
    writeFileSync(join(folder, "\x1b[2Jc", "1.pgm"), "P2 4 4 9 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6");
    const { stdout, stderr, status } = await pixscale("stats", folder);
    expect(status).toBe(0);
    expect((stdout + stderr).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});
