import { formatCount, thousands } from "../../output/format.ts";
import type { DataSurvey } from "../../statistics/data-survey.ts";
import { countRepeats, countShared } from "../../statistics/duplicate-images.ts";
import { unmeasuredImages } from "../../statistics/odd-images.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";

/** The largest class has at least so many times the images of the smallest: worth a sentence. */
const UNEVEN = 2;

/** What stands out in a dataset, as sentences; what matters most comes first. */
export function dataFindings(summary: DatasetSummary, survey: DataSurvey): string[] {
  const found = [...equalImages(summary, survey), ...strangeImages(survey), ...classSizes(summary)];
  const none =
    found.length === 0 ? ["No equal images, no images of a single colour, and no odd class sizes."] : [];
  return [...found, ...none, ...constantPositions(survey)];
}

function equalImages({ labelled }: DatasetSummary, { duplicates, splits }: DataSurvey): string[] {
  const differ = labelled ? duplicates.filter(({ labelsDiffer }) => labelsDiffer).length : 0;
  const shared = splits.map(({ name, split }) => ({
    name,
    count: countShared(duplicates, name),
    of: split.count,
  }));
  const repeats = countRepeats(duplicates);
  return [
    ...(differ > 0
      ? [
          `${formatCount(differ, "group")} of equal images ${differ === 1 ? "has" : "have"} several labels, so that some are wrong.`,
        ]
      : []),
    ...shared
      .filter(({ count }) => count > 0)
      .map(
        ({ name, count, of }) =>
          `${thousands(count)} of ${formatCount(of, `${name} image`)} ${isOrAre(count)} equal to images of another split, which makes results look better than they are.`,
      ),
    ...(repeats > 0 ? [`${formatCount(repeats, "image")} ${isOrAre(repeats)} equal to an earlier one.`] : []),
  ];
}

function strangeImages({ splits }: DataSurvey): string[] {
  const flat = splits.reduce(
    (sum, { survey }) => sum + survey.contrast.filter((contrast) => contrast === 0).length,
    0,
  );
  const unmeasured = unmeasuredImages(
    splits.map(({ name, survey }) => ({ split: name, values: survey.contrast })),
  ).length;
  return [
    ...(unmeasured > 0
      ? [`${formatCount(unmeasured, "image")} ${hasOrHave(unmeasured)} values that are NaN or infinite.`]
      : []),
    ...(flat > 0 ? [`${formatCount(flat, "image")} ${hasOrHave(flat)} a single colour.`] : []),
  ];
}

function classSizes({ labelled, classes, classNames, splits }: DatasetSummary): string[] {
  if (!labelled || classes < 2) return [];
  const counts = splits[0].labelCounts;
  const empty = counts.filter((count) => count === 0).length;
  const name = (label: number) => classNames?.[label] ?? String(label);
  const [most, least] = [Math.max(...counts), Math.min(...counts.filter((count) => count > 0))];
  const times = (most / least).toFixed(1).replace(/\.0$/, "");
  return [
    ...(empty > 0
      ? [`${formatCount(empty, "class", "classes")} ${hasOrHave(empty)} no training images.`]
      : []),
    ...(most >= UNEVEN * least
      ? [
          `The largest class, ${name(counts.indexOf(most))}, has ${times} times the training images of the smallest, ${name(counts.indexOf(least))}.`,
        ]
      : []),
  ];
}

function constantPositions({ positions: { min, max } }: DataSurvey): string[] {
  const constant = min.filter((each, i) => each === max[i]).length;
  if (constant === 0) return [];
  const what = `${thousands(constant)} of the ${formatCount(min.length, "value")} of an image`;
  return [`${what} never ${constant === 1 ? "varies" : "vary"} on the training images.`];
}

function isOrAre(count: number): string {
  return count === 1 ? "is" : "are";
}

function hasOrHave(count: number): string {
  return count === 1 ? "has" : "have";
}
