import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DamagedImage } from "../../../src/data/images/damage.ts";
import { DecodingThreads } from "../../../src/data/images/decoding-threads.ts";
import { ImageDecoder } from "../../../src/data/images/image-decoder.ts";

const folder = fileURLToPath(new URL("../../../fixtures/images/", import.meta.url));
const files = readdirSync(folder).map((name) => ({ path: `${folder}${name}`, label: 0 }));

describe("DecodingThreads", () => {
  it.each([
    {},
    { size: { height: 9, width: 7 } },
  ])("give what this thread gives with %j: pixels, damage or an error", async (options) => {
    const decoder = new ImageDecoder(options);
    const threads = new DecodingThreads(decoder.options, 2);
    const missing = { path: `${folder}missing.png`, label: 0 };
    const damaged = { path: "damaged", label: 0, content: Uint8Array.of(0xff, 0xd8, 0xff) };
    try {
      const all = [...files, missing, damaged];
      const expected = await Promise.allSettled(all.map((file) => decoder.decode(file)));
      const found = await Promise.allSettled(all.map((file) => threads.decode(file)));
      expect(found.map(({ status }) => status)).toEqual(expected.map(({ status }) => status));
      expect(found.some(({ status }) => status === "rejected")).toBe(true);
      for (const [i, result] of found.entries()) {
        const other = expected[i];
        if (result.status === "fulfilled" && other.status === "fulfilled") {
          expect(result.value).toEqual(other.value);
        } else if (result.status === "rejected" && other.status === "rejected") {
          expect(result.reason.message).toBe(other.reason.message);
        }
      }
      await expect(threads.decode(missing)).rejects.toThrow("no such file");
    } finally {
      await threads.close();
    }
  });

  it("leave a content that is a part of a larger one as it is", async () => {
    const threads = new DecodingThreads({}, 1);
    const bytes = new Uint8Array(1000);
    const content = bytes.subarray(100, 200);
    expect(await threads.decode({ path: "zeros", label: 0, content })).toBeInstanceOf(DamagedImage);
    expect([bytes.length, content.length]).toEqual([1000, 100]);
    await threads.close();
  });
});
