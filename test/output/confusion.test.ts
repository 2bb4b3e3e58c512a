import { expect, it } from "vitest";
import { confusionText } from "../../src/output/confusion.ts";

/** Cells of a table's lines. */
function cells(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) =>
      line
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

it("the confusion table shows a few classes whole, by name if they have one", () => {
  const confusion = [
    [3, 1],
    [0, 0],
  ];
  const rows = [
    ["3", "1", "75.00 %"],
    ["·", "·", "·"],
  ];
  expect(cells(confusionText(confusion, ["cat", "dog"]))).toEqual([
    ["label \\ predicted", "cat", "dog", "recall"],
    ["cat", ...rows[0]],
    ["dog", ...rows[1]],
  ]);
  expect(cells(confusionText(confusion)).map(([first]) => first)).toEqual(["label \\ predicted", "0", "1"]);
});

it("the confusion table lists the most frequent confusions of many classes", () => {
  const confusion = Array.from({ length: 30 }, (_, label) =>
    Array.from({ length: 30 }, (_, predicted): number => (label === predicted ? 90 : 0)),
  );
  for (let label = 0; label < 25; label++) confusion[label][label + 1] = label + 1;
  const text = confusionText(confusion);
  const [head, ...rows] = cells(text);
  expect(head).toEqual(["label", "predicted", "images", "of the label's"]);
  expect(rows.length).toBe(20);
  // 25 of 25 + 90.
  expect(rows[0]).toEqual(["24", "25", "25", "21.74 %"]);
  expect(rows[19]).toEqual(["5", "6", "6", "6.25 %"]);
  const perfect = confusion.map((row, label) => row.map((images, i) => (i === label ? images : 0)));
  expect(confusionText(perfect)).toBe("no image was assigned to another class");
  expect(text).toMatch(/the 20 most frequent of 25 confusions \(the JSON document has all\)$/);
});
