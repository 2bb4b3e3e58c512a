import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { here, jsonHere } from "./here.ts";
import { npyFolder } from "./npy-folder.ts";
import { environment, errorLine, start, temporaryFolder } from "./run.ts";

interface Figures {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
}

interface PreviewDocument {
  readonly split: string;
  readonly colorScales: Readonly<Record<string, { readonly least: number; readonly most: number }>>;
  readonly images: readonly {
    readonly image: number;
    readonly label: number;
    readonly before: Figures;
    readonly after: Readonly<Record<string, Figures>>;
  }[];
}

/** Keras' figures of one image of mnist-mini. */
const keras = JSON.parse(readFileSync(new URL("../../fixtures/preview.json", import.meta.url), "utf8"))
  .scaled as PreviewDocument["images"][number];

describe("preview --image", () => {
  const scalings = Object.keys(keras.after);
  const one = ["preview", "mnist-mini", "--image", String(keras.image), "--scalings", scalings.join(",")];

  it("gives Keras' figures of the image before and after each scaling", async () => {
    const { images } = await jsonHere<PreviewDocument>(...one);
    expect(images).toHaveLength(1);
    expect(images[0].image).toBe(keras.image);
    const pairs = [
      [images[0].before, keras.before],
      ...scalings.map((name) => [images[0].after[name], keras.after[name]]),
    ];
    for (const [ours, theirs] of pairs) {
      for (const figure of ["min", "max", "mean", "std"] as const) {
        // The scaled image is in float32.
        expect(Math.abs(ours[figure] - theirs[figure])).toBeLessThan(2e-5 * Math.max(1, theirs.max));
      }
    }
  });

  it("shows them in a table below the picture", async () => {
    const { status, stdout } = await here(...one);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^mnist-mini, train split, image 17, label 8\n/);
    const { mean, std } = keras.after.standardize;
    expect(stdout).toMatch(new RegExp(`│ standardize .*│ +${mean.toFixed(3)} │ +${std.toFixed(3)} │`));
  });

  it("writes them into the picture", async () => {
    const file = join(temporaryFolder(), "one.svg");
    expect((await here(...one, "--save", file)).status).toBe(0);
    const svg = readFileSync(file, "utf8");
    expect(svg).toContain(`max ${keras.before.max.toFixed(3)}`);
    expect(svg).toContain(">samplewise-standardize<");
  });
});

describe("preview", () => {
  it("shows an image of each class under each scaling", async () => {
    const { status, stdout, stderr } = await here("preview", "mnist-mini", "--scalings", "center,zca");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const lines = stdout.split("\n");
    expect(lines[2]).toMatch(/^ +before +center +zca$/);
    for (let label = 0; label < 10; label++) {
      expect(lines.filter((line) => line.startsWith(`${label} `))).toHaveLength(1);
    }
  });

  it("has a colour for every pixel, and the width of the terminal", async () => {
    const args = ["preview", "mnist-mini", "--classes", "1", "--scalings", "normalize"];
    const env = environment({ FORCE_COLOR: "3", COLORTERM: "truecolor", COLUMNS: "60" });
    const { status, stdout } = await start(args, { env }).finished;
    expect(status).toBe(0);
    // Zero is in the middle of the map, so it is almost white; as a pixel it is black.
    expect(stdout).toContain("\x1b[38;2;247;247;247m");
    expect(stdout).toContain("\x1b[38;2;0;0;0m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is removed
    const widths = stdout.split("\n").map((line) => line.replace(/\x1b\[[\d;]*m/g, "").length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(60);
  });

  it("chooses the first images of each class, or others from a seed, of either split", async () => {
    const args = ["preview", "mnist-mini", "--scalings", "none", "--samples", "2", "--split", "test"];
    const first = await jsonHere<PreviewDocument>(...args);
    expect(first.split).toBe("test");
    expect(first.images.map(({ label }) => label)).toEqual(Array.from({ length: 20 }, (_, i) => i >> 1));
    const other = await jsonHere<PreviewDocument>(...args, "--seed", "3");
    expect(other.images.map(({ image }) => image)).not.toEqual(first.images.map(({ image }) => image));
  });

  it("shows the same of data that stay on disk", async () => {
    const data = npyFolder(
      Float32Array.from({ length: 200 * 64 }, (_, i) => (i * 7919) % 251),
      [200, 8, 8],
    );
    const args = [
      "preview",
      data,
      "--scalings",
      "center,samplewise-standardize",
      "--samples",
      "3",
      "--seed",
      "1",
    ];
    const env = environment({ XDG_CACHE_HOME: temporaryFolder() });
    const shown = (...more: string[]) => start([...args, "--json", ...more], { env }).finished;
    const [memory, disk] = [await shown(), await shown("--max-memory", "0.001MB")];
    expect(disk.stderr).toContain("of pixels to the cache");
    expect(disk.stdout).toBe(memory.stdout);
    expect(JSON.parse(disk.stdout).images).toHaveLength(6);
  });

  it("says where the colours end", async () => {
    const { colorScales } = await jsonHere<PreviewDocument>("preview", "mnist-mini");
    expect(colorScales.before).toEqual({ least: 0, most: 255 });
    expect(colorScales.normalize).toEqual({ least: -1, most: 1 });
    expect(Object.keys(colorScales)).toEqual(["before", "normalize", "center", "standardize"]);
  });

  it("writes a picture whose pixels have the colours of the values", async () => {
    const data = npyFolder(Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1), [2, 2, 2]);
    const file = join(temporaryFolder(), "grid.png");
    const args = ["preview", data, "--scalings", "center", "--save", file];
    const { status, stdout, stderr } = await here(...args);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toContain(`wrote ${file}`);
    const { data: rgb, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const colours = new Set<string>();
    for (let i = 0; i < rgb.length; i += info.channels) colours.add(rgb.subarray(i, i + 3).join());
    // The train mean is 0.5, so the images are the two ends of the map.
    for (const colour of ["5,48,97", "103,0,31", "0,0,0"]) expect(colours).toContain(colour);
  });

  it.each([
    [["--save", "grid.gif"], 2, /^--save: must end in \.png or \.svg \(got "grid\.gif"\); rename it$/],
    [
      ["--image", "2000"],
      2,
      /^--image: the train split has 2,000 images, and no image 2000; use a number from 0 to 1999$/,
    ],
    [["--image", "3", "--samples", "2"], 2, /^--samples: .*--image/],
    [
      ["--samples", "21"],
      2,
      /^--samples: 210 images are too many to look at; show at most 200, of fewer classes$/,
    ],
    [["--samples", "0"], 2, /^--samples: /],
    [["--scalings", "zoom"], 2, /^--scalings: /],
    [
      ["--save", "nowhere/grid.png"],
      1,
      /^nowhere\/grid\.png: its folder does not exist; create the folder first$/,
    ],
  ] as const)("refuses %j", async (args, status, what) => {
    expect(errorLine(await here("preview", "mnist-mini", ...args), status)).toMatch(what);
    expect(existsSync("grid.gif")).toBe(false);
  });
});
