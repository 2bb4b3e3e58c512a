import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { compareCommandLine } from "../../src/cli/command-line.ts";
import { resolveReading } from "../../src/data/images/reading.ts";
import { identityOf, smallPlan } from "../experiment/support.ts";
import { here, jsonHere } from "./here.ts";
import { errorLine, type StatsDocument, temporaryFolder } from "./run.ts";

const FILES = fileURLToPath(new URL("../../fixtures/images", import.meta.url));

/** A folder with two classes of the same images, which lies where a shell must quote it. */
function folderOfImages(): string {
  const folder = join(temporaryFolder(), "two words");
  for (const label of ["a", "b"]) {
    for (const name of ["rgb.png", "rgba.png"]) {
      mkdirSync(join(folder, label), { recursive: true });
      cpSync(join(FILES, name), join(folder, label, name));
    }
  }
  return folder;
}

/** The arguments of a command line that a page shows. */
function argumentsOf(page: string): string[] {
  const [, line] = /<code>npx pixscale (.*?)<\/code>/.exec(page) ?? [];
  return [...line.replaceAll("&quot;", '"').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain,
  );
}

describe("stats --html", () => {
  it("writes a page whose command line writes the same page", async () => {
    const data = folderOfImages();
    const file = join(temporaryFolder(), "sheet.html");
    const reading = [
      "--size",
      "9x7",
      "--interpolation",
      "bilinear",
      "--no-antialias",
      "--color-mode",
      "gray",
    ];
    const held = ["--test-split", "0.25", "--split-seed", "3"];
    const { status, stdout, stderr } = await here("stats", data, ...reading, ...held, "--html", file);
    expect([status, stderr.endsWith(`wrote ${file}\n`)]).toEqual([0, true]);
    expect(stdout).toMatch(/^┌.*│ split/s);
    const page = readFileSync(file, "utf8");
    expect(page).toContain("3 train + 1 test images, 9 × 7 pixels, gray, uint8, 2 classes.");
    // All four images have the same pixels once transparency is dropped.
    expect(page).toContain("1 group of equal images has several labels, so that some are wrong.");
    expect((await here(...argumentsOf(page))).status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(page);
  });

  it("changes no figure", async () => {
    const file = join(temporaryFolder(), "sheet.html");
    const plain = await jsonHere<StatsDocument>("stats", "mnist-mini");
    expect(await jsonHere<StatsDocument>("stats", "mnist-mini", "--html", file)).toEqual(plain);
    expect(readFileSync(file, "utf8")).toContain("145 of the 784 values of an image never vary");
  });

  it("writes the same page from pixels on disk", async () => {
    const file = join(temporaryFolder(), "sheet.html");
    const stats = ["stats", "mnist-mini", "--html", file, "--quiet"];
    expect((await here(...stats)).status).toBe(0);
    const page = readFileSync(file, "utf8");
    vi.stubEnv("XDG_CACHE_HOME", temporaryFolder());
    expect((await here(...stats, "--max-memory", "1MB")).status).toBe(0);
    vi.unstubAllEnvs();
    expect(readFileSync(file, "utf8")).toBe(page);
  });

  it("refuses what cannot be on a page", async () => {
    const data = folderOfImages();
    const file = join(temporaryFolder(), "sheet.html");
    expect(errorLine(await here("stats", data, "--html", file, "--shard", "1/2"), 2)).toMatch(
      /^--html: needs the images of all shards; /,
    );
    expect(errorLine(await here("stats", data, "--html", file, "--weight", "image"), 2)).toMatch(
      /^--weight: is for images of several sizes, and --html needs one size; /,
    );
    cpSync(join(FILES, "exif-6.png"), join(data, "a", "turned.png"));
    expect(errorLine(await here("stats", data, "--html", file, "--exif", "apply", "--quiet"), 1)).toMatch(
      /5 images of 2 sizes.*--size 14x18/,
    );
    const inside = join(data, "a", "rgb.png");
    expect(errorLine(await here("stats", data, "--html", inside), 1)).toMatch(
      /lies in .*, among the data that are read/,
    );
  });
});

describe("the command line of compare", () => {
  const identity = identityOf(smallPlan({ scaling: ["center"] }));
  const lineOf = (options: Parameters<typeof resolveReading>[0]) =>
    compareCommandLine({ ...identity, reading: resolveReading(options) });

  it("has the size, and switches as they are", () => {
    expect(lineOf({ size: { height: 9, width: 7 }, antialias: false })).toMatch(
      / --size 9x7 --fit fill --interpolation bilinear --no-antialias$/,
    );
  });

  it("has no options of resizing without a size", () => {
    expect(lineOf({})).toMatch(/ --like torchvision .*--depth 8$/);
  });
});
