import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitTable, shortenMiddle, type TableStyle, tableWidth } from "../../src/output/fit-table.ts";
import { table } from "../../src/output/table.ts";

const HEAD = ["name", "state", "min", "max", "mean"];
const ROWS = [
  ["a long name of a class", "ok", "0.000", "255.000", "33.318"],
  ["short", "missing", "0.000", "254.000", "131.072"],
];
const STYLE: TableStyle = { textColumns: 2, giveWay: ["min", "max"] };

/** The widest line of a drawn table. */
const drawn = (width: number, style = STYLE) =>
  Math.max(
    ...table(HEAD, ROWS, style, width)
      .split("\n")
      .map((line) => [...line].length),
  );

describe("a table", () => {
  it("is drawn as wide as it is calculated", () => {
    const [whole] = fitTable(HEAD, ROWS, STYLE, Infinity);
    expect(whole.head).toEqual(HEAD);
    expect(drawn(Infinity)).toBe(tableWidth(whole));
  });

  it("loses columns in the order given, and keeps the others whole", () => {
    expect(fitTable(HEAD, ROWS, STYLE, 60)[0].head).toEqual(["name", "state", "max", "mean"].filter(Boolean));
    expect(fitTable(HEAD, ROWS, STYLE, 50)[0].head).toEqual(["name", "state", "mean"]);
    expect(drawn(50)).toBeLessThanOrEqual(50);
  });

  it("then shortens names in the middle", () => {
    const [block] = fitTable(HEAD, ROWS, STYLE, 40);
    expect(block.rows[0][0]).toMatch(/^a l.*….*ass$/);
    expect(block.rows.map((row) => row.at(-1))).toEqual(["33.318", "131.072"]);
    expect(drawn(40)).toBe(40);
  });

  it("then puts numbers into blocks below each other", () => {
    const counts = Array.from({ length: 20 }, (_, i) => String(1000 + i));
    const blocks = fitTable(["label", ...counts.keys()].map(String), [["train", ...counts]], {}, 40);
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.flatMap(({ rows }) => rows[0].slice(1))).toEqual(counts);
    for (const block of blocks) expect([block.rows[0][0], tableWidth(block) <= 40]).toEqual(["train", true]);
  });

  it("does not shorten texts in vain where blocks have room for them", () => {
    const numbers = Array.from({ length: 20 }, (_, i) => String(i));
    const names = ["label \\ predicted", "a long name of a class"];
    const blocks = fitTable([names[0], ...numbers], [[names[1], ...numbers]], {}, 60);
    expect(blocks.length).toBeGreaterThan(1);
    for (const { head, rows } of blocks) expect([head[0], rows[0][0]]).toEqual(names);
    // 45 columns less 7 of borders and spaces and two numbers of 28 digits, one below the other, leave 10 for the name.
    const long = ["1".repeat(28), "2".repeat(28)];
    const narrow = fitTable(["name", "a", "b"], [[names[1], ...long]], {}, 45);
    expect(narrow.map(({ rows }) => rows[0])).toEqual(long.map((number) => ["a lon…lass", number]));
  });

  it("loses what is in parentheses before texts are shortened, in the columns named only", () => {
    const style = { textColumns: 2, asides: ["images"] };
    const [block] = fitTable(["class", "images", "n"], [["cat (big)", "all (938 batches)", "5"]], style, 30);
    expect(block.rows).toEqual([["cat (big)", "all", "5"]]);
    const [wide] = fitTable(["class", "images", "n"], [["cat (big)", "all (938 batches)", "5"]], style, 80);
    expect(wide.rows).toEqual([["cat (big)", "all (938 batches)", "5"]]);
  });

  it("wraps sentences between words", () => {
    const head = ["check", "details"];
    const details = "five training steps agree with the engine to the eighth digit";
    const text = table(head, [["backend", details]], { textColumns: 2, wraps: "details" }, 45);
    const lines = text.split("\n");
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(45);
    const cells = lines.filter((line) => line.startsWith("│")).slice(1);
    expect(cells.map((line) => line.split("│")[2].trim()).join(" ")).toBe(details);
  });

  it("never loses or changes a number in 60 columns or more", () => {
    const number = fc.integer({ min: -999_999, max: 999_999 }).map(String);
    const row = fc.tuple(fc.string({ maxLength: 40 }), fc.array(number, { minLength: 12, maxLength: 12 }));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 60, max: 200 }),
        (all, width) => {
          const rows = all.map(([name, numbers]) => [name.replaceAll(/[^ -~]/g, "."), ...numbers]);
          const blocks = fitTable(["", ...Array.from({ length: 12 }, (_, i) => `c${i}`)], rows, {}, width);
          for (const block of blocks) expect(tableWidth(block)).toBeLessThanOrEqual(width);
          for (const [i, [, numbers]] of all.entries()) {
            expect(blocks.flatMap((block) => block.rows[i].slice(1))).toEqual(numbers);
          }
        },
      ),
    );
  });
});

it("a text is shortened in the middle, letter by letter", () => {
  expect(shortenMiddle("samplewise-standardize", 11)).toBe("sampl…rdize");
  expect(shortenMiddle("😀😀😀😀😀", 3)).toBe("😀…😀");
  expect(shortenMiddle("short", 5)).toBe("short");
});
