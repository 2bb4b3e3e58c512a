import fc from "fast-check";
import { expect, it } from "vitest";
import { wrapWords } from "../../src/output/wrap-words.ts";

it("lines are as long as fits, and keep all words", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀"), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 8, max: 60 }),
      (words, width) => {
        const lines = wrapWords(words.join(" "), width, "  ").split("\n");
        expect(lines.map((line) => line.trimStart()).join(" ")).toBe(words.join(" "));
        for (const [i, line] of lines.entries()) {
          expect([...line].length <= width || !line.trimStart().includes(" ")).toBe(true);
          if (i === 0) continue;
          expect(line.startsWith("  ")).toBe(true);
          // The first word had no room on the line before.
          const [first] = line.trimStart().split(" ");
          expect([...lines[i - 1]].length + 1 + [...first].length).toBeGreaterThan(width);
        }
      },
    ),
  );
});

it("the indent of the first line stays, and output to a file has no limit", () => {
  expect(wrapWords("  one two three", 10, "    ")).toBe("  one two\n    three");
  expect(wrapWords("one ".repeat(500).trim(), Infinity)).toHaveLength(1999);
});
