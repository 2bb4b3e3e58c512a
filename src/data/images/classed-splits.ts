import { PixscaleError } from "../../errors.ts";
import { DEFAULT_TEST_SPLIT, holdOut, requireNoTestSplit } from "./hold-out.ts";
import { type ImageFile, type ImageFiles, type ImageSet, NO_IMAGES } from "./image-files.ts";
import type { ImageOptions } from "./image-options.ts";
import type { FolderSplit } from "./split-names.ts";

const MAX_CLASSES = 65536;
/** Hugging Face's mark of a test image without a class. */
const NO_CLASS = -1;

/** A class as it was written: its number or its name. */
export type WrittenClass = number | string;

/** The encoded images of one split, and the class of each. */
export interface ClassedSplit {
  readonly name: FolderSplit;
  readonly count: number;
  /** One per image; undefined if they have none. */
  readonly classes: readonly WrittenClass[] | undefined;
  /** Goes through the images in order. @param labelOf the number of the class of an image, by its place */
  images(labelOf: (place: number) => number): AsyncIterable<ImageFile>;
}

/**
 * Numbers the classes of all splits alike, and draws test images where there are none.
 *
 * @param splits train first
 * @param knownNames of the classes, by number
 * @param source said of where the classes come from, in a note
 * @throws PixscaleError if a class has no name; UsageError as `holdOut` does
 */
export function toImageSet(
  splits: readonly ClassedSplit[],
  knownNames: readonly string[] | undefined,
  source: string,
  subject: string,
  options: ImageOptions,
): ImageSet {
  const [train, ...others] = splits.map(withoutMissing);
  const isLabelled = train.classes !== undefined;
  const usable = others.filter(({ classes }) => classes !== undefined || !isLabelled);
  const leftOut = others
    .filter((each) => !usable.includes(each))
    .map(({ name }) => `the ${name} images have no classes and are ignored`);
  const classes = [train, ...usable].flatMap((split) => split.classes ?? []);
  const classNames = isLabelled ? namesOfClasses(classes, knownNames, subject) : undefined;
  const files = (split: ClassedSplit) => imageFiles(split, classNames ?? []);
  const found = (name: FolderSplit) => usable.find((each) => each.name === name);
  const what = classNames
    ? `${classNames.length} class${classNames.length === 1 ? "" : "es"} from ${source}`
    : `${train.count} images without labels`;
  // Validation images serve as test images if there are no others.
  const tested = found("test") ?? found("validation");
  if (tested !== undefined) {
    requireNoTestSplit(options, `there are images for ${tested.name}`);
    const validated = tested.name === "validation" ? undefined : found("validation");
    return {
      classNames,
      train: files(train),
      validation: validated ? files(validated) : NO_IMAGES,
      test: files(tested),
      notes: [`${what}, test images from ${tested.name}`],
      leftOut,
    };
  }
  const { testSplit = isLabelled ? DEFAULT_TEST_SPLIT : 0 } = options;
  const held = holdOut(files(train), subject, { ...options, testSplit });
  const { count } = held.test;
  const drawn = count === 0 ? "" : `, ${count} test image${count === 1 ? "" : "s"} drawn from them`;
  return { classNames, ...held, validation: NO_IMAGES, notes: [`${what}${drawn}`], leftOut };
}

function withoutMissing(split: ClassedSplit): ClassedSplit {
  return split.classes?.every((each) => each === NO_CLASS) ? { ...split, classes: undefined } : split;
}

/** The known names, the names in order, or the numbers. */
function namesOfClasses(
  classes: readonly WrittenClass[],
  known: readonly string[] | undefined,
  subject: string,
): readonly string[] {
  if (classes.includes(NO_CLASS)) {
    const problem = "some images of a split have no class (-1), and others have one";
    throw new PixscaleError(subject, problem, "remove those without");
  }
  const isText = classes.some((each) => typeof each === "string");
  const largest = classes.reduce<number>((most, each) => Math.max(most, Number(each)), 0);
  const numbers = () => Array.from({ length: largest + 1 }, (_, number) => String(number));
  const names = isText ? [...new Set(classes.map(String))].sort() : (known ?? numbers());
  if (names.length > MAX_CLASSES) {
    throw new PixscaleError(subject, `${names.length} classes`, `use at most ${MAX_CLASSES}`);
  }
  if (isText || largest < names.length) return names;
  throw new PixscaleError(
    subject,
    `class ${largest}, but only ${names.length} have names`,
    "download it again",
  );
}

function imageFiles({ count, classes, images }: ClassedSplit, classNames: readonly string[]): ImageFiles {
  const places = new Map(classNames.map((name, place) => [name, place]));
  const labelOf = (place: number) => {
    const written = classes?.[place] ?? 0;
    return typeof written === "number" ? written : (places.get(written) ?? 0);
  };
  return { count, [Symbol.asyncIterator]: () => images(labelOf)[Symbol.asyncIterator]() };
}
