import { posix } from "node:path";
import { oneLine, PixscaleError } from "../../errors.ts";
import { type FolderSplit, splitOf } from "../images/split-names.ts";
import { describeArray, describeArrays, type NamedArray } from "./named-array.ts";

const { basename, dirname } = posix;

/** The arrays of one split. */
export interface SplitArrays {
  readonly images: NamedArray;
  readonly labels: NamedArray | undefined;
}

/** What the arrays of a dataset are. */
export interface ArrayRoles {
  readonly train: SplitArrays;
  readonly test: SplitArrays | undefined;
  readonly validation: SplitArrays | undefined;
  /** The names of the classes, in order. */
  readonly classNames: NamedArray | undefined;
  /** Arrays that are none of these. */
  readonly others: readonly NamedArray[];
  /** Said of arrays whose names say nothing. */
  readonly note: string | undefined;
}

type Role = "images" | "labels" | "classNames";

/** Words in the names of arrays, and of the files and groups that they are in; `fea` and `gnd` are Deng Cai's face sets. */
const WORDS: readonly (readonly [Role, RegExp])[] = [
  ["images", /^(x|xs|images?|imgs?|data|dataset|pixels|inputs?|features?|fea)$/],
  ["labels", /^(y|ys|labels?|targets?|lab|gnd)$/],
];
/** Texts that are called so name the classes, as `list_classes` and `label_names`. */
const CLASS_NAMES = /^(classes|categories|(class|label|target|category)_?names?|names)$/;
/** What numpy.savez and others call an array that has no name of its own. */
const NO_NAME = /^(arr_\d+|data|values?)$/i;
/** SVHN's and STL-10's further images. */
const EXTRA = /^(extra|unlabell?ed)$/;

const NUMBERED = /(^|\/)arr_\d+$/;

interface Named {
  readonly array: NamedArray;
  readonly split: FolderSplit | undefined;
  readonly role: Role | undefined;
}

/**
 * Finds the images and labels of each split by the names of the arrays, in any case: `x_train`, `train_images`, `train_set_x`,
 * `images`. Arrays without names (`arr_0`, …), and images of any other name beside labels, are told apart by their shapes.
 *
 * @param subject the file or folder, for errors
 * @throws PixscaleError if there are no images, or two arrays could be the same part
 */
export function findRoles(arrays: readonly NamedArray[], subject: string): ArrayRoles {
  const inside = new Map<string, number>();
  for (const { name } of arrays) inside.set(dirname(name), (inside.get(dirname(name)) ?? 0) + 1);
  const understood = arrays.map((array) => understandName(array, inside.get(dirname(array.name)) === 1));
  const named = nameless(understood);
  const find = (role: Role, split: FolderSplit | undefined) => {
    const [one, other] = named.filter((each) => each.role === role && each.split === split);
    if (other === undefined) return one?.array;
    const what = `${split === undefined ? "" : `${split} `}${role === "classNames" ? "class names" : role}`;
    const problem = `both "${oneLine(one.array.name)}" and "${oneLine(other.array.name)}" could be the ${what}`;
    throw new PixscaleError(
      subject,
      problem,
      "name one of the files, or save the arrays of one dataset alone",
    );
  };
  const pair = (split: FolderSplit | undefined): SplitArrays | undefined => {
    const images = find("images", split);
    return images && { images, labels: find("labels", split) };
  };
  // A file may hold one split alone.
  const alone = (["test", "validation"] as const).filter((split) =>
    named.some((each) => each.split === split && each.role === "images"),
  );
  const only = alone.length === 1 ? alone[0] : undefined;
  const given = pair("train") ?? pair(undefined);
  const train = given ?? (only && pair(only));
  if (train === undefined) {
    const found =
      arrays.length === 0 ? "no arrays" : `no images for training among ${describeArrays(arrays)}`;
    throw new PixscaleError(subject, found, "name the arrays x_train, y_train, x_test and y_test");
  }
  const [test, validation] = given === undefined ? [] : [pair("test"), pair("validation")];
  const lists = named.filter(({ role }) => role === "classNames").map(({ array }) => array);
  const used = [train, test, validation].flatMap((each) => [each?.images, each?.labels]);
  const others = arrays.filter((array) => !used.includes(array) && !lists.includes(array));
  return { train, test, validation, classNames: lists[0], others, note: noteOf(understood, named) };
}

/** Says what the arrays are whose names did not say it; a single one needs no telling. */
function noteOf(before: readonly Named[], after: readonly Named[]): string | undefined {
  const changed = after.filter(({ role }, i) => role !== before[i].role);
  if (after.length === 1 || changed.length === 0) return undefined;
  const texts = changed.map(
    ({ array, split, role }) => `${describeArray(array)} as ${split === undefined ? "" : `${split} `}${role}`,
  );
  return `by shape: ${texts.join(", ")}`;
}

/** @param isAlone whether its file or group has no other array */
function understandName(array: NamedArray, isAlone: boolean): Named {
  const own = wordsOf(basename(array.name));
  const around = dirname(array.name).split("/").flatMap(wordsOf);
  const words = [...around, ...own];
  if (words.some((word) => EXTRA.test(word))) return { array, split: undefined, role: undefined };
  const split = words.map(splitOf).find((found) => found !== undefined);
  // An array without a name of its own is what its file or group is called.
  const isUnnamed = NO_NAME.test(basename(array.name)) || own.every((word) => splitOf(word) !== undefined);
  const [ownRole, roleAround] = [roleOf(array, own), roleOf(array, around)];
  if (isUnnamed) return { array, split, role: roleAround ?? ownRole };
  return { array, split, role: ownRole ?? (isAlone ? roleAround : undefined) };
}

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/(^|[^a-z\d])([xy])(train|test|val|valid)(?![a-z])/g, "$1$2_$3")
    .split(/[^a-z\d]+/);
}

function roleOf({ type }: NamedArray, words: readonly string[]): Role | undefined {
  const isText = type.kind === "text" || type.kind === "bytes";
  const isName = (word: string, i: number) =>
    CLASS_NAMES.test(word) || CLASS_NAMES.test(`${words[i - 1]}_${word}`);
  if (isText && words.some(isName)) return "classNames";
  // The last word says it: "data_labels".
  return words.flatMap((word) => WORDS.find(([, known]) => known.test(word))?.[0] ?? []).at(-1);
}

/** Arrays that numpy.savez numbered, an array alone, and the only one beside labels that can be images are what their shapes say. */
function nameless(named: readonly Named[]): readonly Named[] {
  if (named.some(({ role }) => role === "images")) return named;
  const candidates = named.filter(({ array, role }) => role === undefined && array.shape.length >= 3);
  const isOnly = candidates.length === 1 && named.some(({ role }) => role === "labels");
  const unnamed = named.filter(
    (each) =>
      each.role === undefined &&
      (named.length === 1 || NUMBERED.test(each.array.name) || (isOnly && each === candidates[0])),
  );
  const isImages = ({ array: { shape } }: Named) =>
    shape.length >= 3 || (named.length === 1 && shape.length === 2);
  const images = unnamed.filter(isImages);
  const labels = unnamed.filter((each) => !isImages(each));
  const splits: readonly FolderSplit[] =
    images.length === 3 ? ["train", "validation", "test"] : images.length === 2 ? ["train", "test"] : [];
  if (images.length === 0 || images.length > 3) return named;
  return named.map((each) => {
    const [asImages, asLabels] = [images.indexOf(each), labels.indexOf(each)];
    if (asImages >= 0) return { ...each, role: "images", split: each.split ?? splits[asImages] };
    return asLabels >= 0 ? { ...each, role: "labels", split: each.split ?? splits[asLabels] } : each;
  });
}
