import { expect, it } from "vitest";
import { readDamaged } from "./jpeg-support.ts";

it("20,000 damaged JPEGs have the bits of sharp or are left to it", async () => {
  const { read, wrong } = await readDamaged(2, 20_000);
  expect(wrong).toEqual([]);
  expect(read).toBeGreaterThan(2000);
});
