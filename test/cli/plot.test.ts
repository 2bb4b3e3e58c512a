import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { npyFolder } from "./npy-folder.ts";
import { errorLine, pixscale, temporaryFolder } from "./run.ts";

const COLOR = npyFolder(
  Uint8Array.from({ length: 6 * 25 * 3 }, (_, i) => (i * 37) % 256),
  [6, 5, 5, 3],
);
const GRAY = npyFolder(
  Uint8Array.from({ length: 4 * 16 }, (_, i) => i),
  [4, 4, 4],
);
const EXPERIMENT = temporaryFolder();
cpSync(fileURLToPath(new URL("../../fixtures/experiment-v1", import.meta.url)), EXPERIMENT, {
  recursive: true,
});
const SHORT = ["mnist-mini", "--limit", "64", "--epochs", "2", "--validation-split", "0.25"];

describe.concurrent("--plot", () => {
  it.each([
    ["stats", [COLOR], ["train", "test", "red", "green", "blue"]],
    ["standardize", [GRAY], ["before", "standardize"]],
    ["train", SHORT, ["loss", "accuracy, %", "training", "validation"]],
    ["report", [EXPERIMENT], ["normalize", "center", "test accuracy, %", "points against normalize"]],
  ])("of %s is an SVG with its words", async (command, args, words) => {
    const file = join(temporaryFolder(), "chart.svg");
    const { status, stderr } = await pixscale(command, ...args, "--plot", file);
    expect([status, stderr.endsWith(`wrote ${file}\n`)]).toEqual([0, true]);
    const svg = readFileSync(file, "utf8");
    expect(svg).toMatch(/^<svg role="img" aria-label="[^"]{20,}"/);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    for (const word of words) expect(texts).toContain(word);
  });

  it("is a PNG if its name says so", async () => {
    const file = join(temporaryFolder(), "chart.png");
    expect((await pixscale("center", GRAY, "--plot", file, "--quiet")).stderr).toBe("");
    const { format, width, hasAlpha } = await sharp(file).metadata();
    expect([format, (width ?? 0) > 600, hasAlpha]).toEqual(["png", true, false]);
  });

  it.each([
    ["stats", [COLOR], ["train, red", "test, blue"]],
    ["standardize", [GRAY], ["before", "standardize"]],
    ["train", SHORT, ["loss", "accuracy, %", "● training, ○ validation, by epoch"]],
    ["report", [EXPERIMENT], ["points against normalize   ░ margin of 0.2"]],
  ])("of %s is drawn in the terminal below its tables", async (command, args, titles) => {
    const [drawn, tables] = await Promise.all(
      [["--plot"], []].map((last) => pixscale(command, ...args, ...last, "--quiet")),
    );
    expect([drawn.status, drawn.stderr]).toEqual([0, ""]);
    const lines = drawn.stdout.split("\n");
    for (const title of titles) expect(lines).toContain(title);
    expect(lines[0]).toBe(tables.stdout.split("\n")[0]);
    expect(lines.length).toBeGreaterThan(tables.stdout.split("\n").length + 5);
  });

  it("refuses what leaves no place for it", async () => {
    expect(errorLine(await pixscale("stats", "--plot", "mnist-mini"), 2)).toMatch(
      /or write --plot after the data$/,
    );
    expect(errorLine(await pixscale("stats", "mnist-mini", "--plot", "--json"), 2)).toMatch(
      /name a file: --plot/,
    );
  });

  it("refuses other names, and shards", async () => {
    expect(errorLine(await pixscale("stats", GRAY, "--plot", "a.gif"), 2)).toMatch(
      /^--plot: must end in \.svg or \.png \(got "a\.gif"\); /,
    );
    const shard = ["--shard", "1/2", "--plot", join(temporaryFolder(), "a.svg")];
    expect(errorLine(await pixscale("stats", GRAY, ...shard), 2)).toMatch(
      /^--plot: needs the images of all shards; /,
    );
  });
});

describe("stats --html", () => {
  it("writes a data sheet whose pictures are in the file", async () => {
    const file = join(temporaryFolder(), "data.html");
    expect((await pixscale("stats", COLOR, "--html", file)).status).toBe(0);
    const page = readFileSync(file, "utf8");
    // The mean of (37 i) mod 256 over the 450 training values, by NumPy 2.4: 127.016.
    expect(page).toContain('<td class="number">127.016</td>');
    const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)];
    // Mean and deviation, a mean and three images of both classes, four kinds of odd images, and six that test repeats.
    expect(pictures.length).toBe(2 + 2 * (1 + 3) + 4 * 8 + 6);
    const { width, height, channels } = await sharp(Buffer.from(pictures[0][1], "base64")).metadata();
    expect([width, height, channels]).toEqual([5, 5, 3]);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });
});
