import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPARE } from "../cli/compare-support.ts";
import { npyFolder } from "../cli/npy-folder.ts";
import { pixscale, temporaryFolder } from "../cli/run.ts";
import { CHROMIUM, expectGoodPage, expectPrints, openBrowser, SCREENS } from "./in-browser.ts";

describe.skipIf(CHROMIUM === undefined)("a page in a browser", () => {
  let browser: Browser;
  const folder = temporaryFolder();
  const [report, data, manyReport, manyData] = ["report", "data", "many-report", "many-data"].map((name) =>
    join(folder, `${name}.html`),
  );

  beforeAll(async () => {
    const { status } = await pixscale(...COMPARE, "--quiet", "--out", join(folder, "runs"));
    expect(status).toBe(0);
    expect((await pixscale("report", join(folder, "runs"), "--html", report)).status).toBe(0);
    expect((await pixscale("stats", "mnist-mini", "--html", data)).status).toBe(0);
    // Nine squares of 4×4 pixels spell the bits of the class.
    const bit = (i: number, x: number, y: number) => ((i % 200) >> (3 * (y >> 2) + (x >> 2))) & 1;
    const many = npyFolder(
      Uint8Array.from(
        { length: 2000 * 144 },
        (_, i) => 255 * bit(Math.floor(i / 144), i % 12, Math.floor((i % 144) / 12)),
      ),
      [2000, 12, 12],
      200,
    );
    const runs = ["--scalings", "normalize,center", "--seeds", "2", "--epochs", "3", "--quiet"];
    expect((await pixscale("compare", many, ...runs, "--out", join(folder, "many"))).status).toBe(0);
    expect((await pixscale("report", join(folder, "many"), "--html", manyReport)).status).toBe(0);
    expect((await pixscale("stats", many, "--html", manyData)).status).toBe(0);
    browser = await openBrowser();
  }, 60_000);

  afterAll(() => browser?.close());

  describe.each([
    ["an experiment", report],
    ["a dataset", data],
    ["an experiment with 200 classes", manyReport],
    ["a dataset with 200 classes", manyData],
  ])("of %s", (_, file) => {
    const url = pathToFileURL(file).href;

    it.each(SCREENS)("is accessible and fits at %i pixels, %s", (...screen) =>
      expectGoodPage(browser, url, screen));

    it("prints", () => expectPrints(browser, url));
  });
});
