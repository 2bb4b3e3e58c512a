import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium } from "playwright-core";
import { expect } from "vitest";

/** A browser of the system; tests are skipped without one. */
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Screens that a page must be good on: width in pixels, and colours. */
export const SCREENS: [width: number, colorScheme: "light" | "dark"][] = [
  [360, "light"],
  [768, "dark"],
  [1280, "light"],
  [1280, "dark"],
];

export function openBrowser(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-background-networking"];
  return chromium.launch({ executablePath: CHROMIUM ?? "", args });
}

/** The page fits the screen, shows all its pictures, asks for nothing else, and axe-core finds nothing wrong. */
export async function expectGoodPage(
  browser: Browser,
  url: string,
  [width, colorScheme]: readonly [width: number, colorScheme: "light" | "dark"],
): Promise<void> {
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
}

/** The page becomes a PDF. */
export async function expectPrints(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(url);
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  await page.close();
}
