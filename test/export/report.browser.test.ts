import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPARE } from "../cli/compare-support.ts";
import { pixscale, temporaryFolder } from "../cli/run.ts";
import { CHROMIUM, expectGoodPage, expectPrints, openBrowser, SCREENS } from "./in-browser.ts";

describe.skipIf(CHROMIUM === undefined)("a page in a browser", () => {
  let browser: Browser;
  const folder = temporaryFolder();
  const [report, data] = ["report.html", "data.html"].map((name) => join(folder, name));

  beforeAll(async () => {
    const { status } = await pixscale(...COMPARE, "--quiet", "--out", join(folder, "runs"));
    expect(status).toBe(0);
    expect((await pixscale("report", join(folder, "runs"), "--html", report)).status).toBe(0);
    expect((await pixscale("stats", "mnist-mini", "--html", data)).status).toBe(0);
    browser = await openBrowser();
  }, 60_000);

  afterAll(() => browser?.close());

  describe.each([
    ["an experiment", report],
    ["a dataset", data],
  ])("of %s", (_, file) => {
    const url = pathToFileURL(file).href;

    it.each(SCREENS)("is accessible and fits at %i pixels, %s", (...screen) =>
      expectGoodPage(browser, url, screen));

    it("prints", () => expectPrints(browser, url));
  });
});
