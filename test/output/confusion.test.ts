import { expect, it } from "vitest";
import { confusionText, pairsText } from "../../src/output/confusion.ts";
import { confusedPairs, confusionTable } from "../../src/training/metrics.ts";

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

it("the most frequent confusions of many classes are listed", () => {
  // 90 images of each of 30 classes, of which label + 1 of 25 are taken for the next.
  const labels = Uint8Array.from({ length: 30 * 90 }, (_, i) => Math.floor(i / 90));
  const predictions = labels.map((label, i) => (label < 25 && i % 90 <= label ? label + 1 : label));
  const text = pairsText(confusedPairs(labels, predictions));
  const [head, ...rows] = cells(text);
  expect(head).toEqual(["label", "predicted", "images", "of the label's"]);
  expect(rows.length).toBe(20);
  // 25 of 90.
  expect(rows[0]).toEqual(["24", "25", "25", "27.78 %"]);
  expect(rows[19]).toEqual(["5", "6", "6", "6.67 %"]);
  expect(pairsText(confusedPairs(labels, labels))).toBe("no image was assigned to another class");
  expect(text).toMatch(/the 20 most frequent of 25 confusions \(the JSON document has all\)$/);
  expect(confusionTable(labels, predictions, 1001)).toBeUndefined();
});
