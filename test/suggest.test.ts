import { describe, expect, it } from "vitest";
import { editDistance, suggest } from "../src/suggest.ts";

describe("a suggestion", () => {
  const flags = [
    "--save",
    "--scaling",
    "--seed",
    "--learning-rate",
    "--batch-size",
    "--labels",
    "--label-column",
  ];
  const names = ["mnist", "mnist-mini", "fashion-mnist", "cifar10", "cifar100", "medmnist/pathmnist"];

  it.each([
    ["--scale", "--scaling"],
    ["--sved", "--seed"],
    ["--lr", "--learning-rate"],
    ["--batch", "--batch-size"],
    ["--labels-column", "--label-column"],
    ["--sacling", "--scaling"],
    ["--xyz", undefined],
    ["--", undefined],
  ])("for %s is %s", (word, expected) => expect(suggest(word, flags)).toBe(expected));

  it.each([
    ["minst", "mnist"],
    ["MNIST", "mnist"],
    ["mnist_mini", "mnist-mini"],
    ["fashion", "fashion-mnist"],
    ["cifar", "cifar10"],
    ["pathmnist", undefined],
    ["photos", undefined],
  ])("for the dataset %s is %s", (word, expected) => expect(suggest(word, names)).toBe(expected));
});

it.each([
  // Known figures: of Levenshtein's distance, and of the restricted one with swaps, in which "ca" and "abc" are 3 apart.
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
  ["minst", "mnist", 1],
  ["", "abc", 3],
  ["same", "same", 0],
])("the edit distance of %j and %j is %i", (a, b, expected) => expect(editDistance(a, b)).toBe(expected));
