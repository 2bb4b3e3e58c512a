import type { Dataset, ImageSplit } from "../data/dataset.ts";
import { type DuplicateGroup, duplicateImages } from "./duplicate-images.ts";
import { type ImageSurvey, surveyImages } from "./image-survey.ts";
import { measure } from "./measure.ts";
import type { Moments } from "./moments.ts";

/** A split that has images. */
export interface SurveyedSplit {
  readonly name: string;
  readonly split: ImageSplit;
  readonly survey: ImageSurvey;
}

/** What single images and single positions of a dataset are like. */
export interface DataSurvey {
  /** Train, then validation and test if they have images. */
  readonly splits: readonly SurveyedSplit[];
  readonly duplicates: readonly DuplicateGroup[];
  /** Of the training images, by position and channel. */
  readonly positions: Moments;
}

/** Surveys all images of a dataset. @throws PixscaleError if a file that holds them cannot be read or is damaged */
export function surveyDataset({ train, validation, test }: Dataset): DataSurvey {
  const splits = Object.entries({ train, validation, test }).flatMap(([name, split]) =>
    split === undefined || split.count === 0 ? [] : [{ name, split, survey: surveyImages(split) }],
  );
  return {
    splits,
    duplicates: duplicateImages(
      splits.map(({ name, split, survey }) => ({ name, keys: survey.keys, labels: split.labels })),
    ),
    positions: measure(train, "pixel"),
  };
}
