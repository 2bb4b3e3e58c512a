import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMPARE } from "../cli/compare-support.ts";
import { pixscale, temporaryFolder } from "../cli/run.ts";

/** A browser of the system; the test is skipped without one. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(CHROMIUM === undefined)("the page of an experiment in a browser", () => {
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    const folder = temporaryFolder();
    const page = join(folder, "report.html");
    const { status } = await pixscale(...COMPARE, "--quiet", "--out", join(folder, "runs"));
    expect(status).toBe(0);
    expect((await pixscale("report", join(folder, "runs"), "--html", page)).status).toBe(0);
    url = pathToFileURL(page).href;
    const args = ["--no-sandbox", "--disable-background-networking"];
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args });
  }, 60_000);

  afterAll(() => browser?.close());

  it.each([
    [360, "light"],
    [768, "dark"],
    [1280, "light"],
    [1280, "dark"],
  ] as const)("is accessible and fits at %i pixels, %s", async (width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(url);
    const found = await page.evaluate(`({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      missing: [...document.images].filter((image) => image.naturalWidth === 0).length,
      pictures: document.images.length + document.querySelectorAll("svg").length,
    })`);
    expect(found).toEqual({ overflow: 0, missing: 0, pictures: expect.any(Number) });
    expect((found as { pictures: number }).pictures).toBeGreaterThan(3);
    await page.addScriptTag({ content: axe });
    const violations = await page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ id }) => id))",
    );
    expect(violations).toEqual([]);
    expect(requests.filter((each) => !each.startsWith("data:"))).toEqual([url]);
    await page.close();
  });

  it("prints", async () => {
    const page = await browser.newPage();
    await page.goto(url);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.close();
  });
});
