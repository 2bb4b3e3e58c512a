import { PixscaleError } from "../../errors.ts";
import { type FolderSplit, splitOf } from "../images/split-names.ts";
import { describeArray, type NamedArray } from "./named-array.ts";

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
}

type Role = "images" | "labels" | "classNames";

/** Words in the names of arrays, and of the files that hold one array each. */
const WORDS: readonly (readonly [Role, RegExp])[] = [
  ["images", /^(x|xs|images?|imgs?|data|pixels|inputs?|features?)$/],
  ["labels", /^(y|ys|labels?|targets?|lab)$/],
  ["classNames", /^(classes|class_?names?|categories|names)$/],
];
/** SVHN's and STL-10's further images. */
const EXTRA = /^(extra|unlabell?ed)$/;

interface Named {
  readonly array: NamedArray;
  readonly split: FolderSplit | undefined;
  readonly role: Role | undefined;
}

/**
 * Finds the images and labels of each split by the names of the arrays, in any case: `x_train`, `train_images`, `train_set_x`,
 * `images`. Arrays without names (`arr_0`, …) are told apart by their shapes.
 *
 * @param subject the file or folder, for errors
 * @throws PixscaleError if there are no images, or two arrays could be the same part
 */
export function findRoles(arrays: readonly NamedArray[], subject: string): ArrayRoles {
  const named = nameless(arrays.map(understandName));
  const find = (role: Role, split: FolderSplit | undefined) => {
    const [one, other] = named.filter((each) => each.role === role && each.split === split);
    if (other === undefined) return one?.array;
    const what = `${split === undefined ? "" : `${split} `}${role === "classNames" ? "class names" : role}`;
    const problem = `both "${one.array.name}" and "${other.array.name}" could be the ${what}`;
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
      arrays.length === 0
        ? "no arrays"
        : `no images for training among ${arrays.map(describeArray).join(", ")}`;
    throw new PixscaleError(subject, found, "name the arrays x_train, y_train, x_test and y_test");
  }
  const [test, validation] = given === undefined ? [] : [pair("test"), pair("validation")];
  const lists = named.filter(({ role }) => role === "classNames").map(({ array }) => array);
  const used = [train, test, validation].flatMap((each) => [each?.images, each?.labels]);
  const others = arrays.filter((array) => !used.includes(array) && !lists.includes(array));
  return { train, test, validation, classNames: lists[0], others };
}

function understandName(array: NamedArray): Named {
  const words = array.name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/(^|[^a-z\d])([xy])(train|test|val|valid)(?![a-z])/g, "$1$2_$3")
    .split(/[^a-z\d]+/);
  if (words.some((word) => EXTRA.test(word))) return { array, split: undefined, role: undefined };
  const split = words.map(splitOf).find((found) => found !== undefined);
  const isText = array.type.kind === "text" || array.type.kind === "bytes";
  const roles = words.flatMap((word) => WORDS.find(([, known]) => known.test(word))?.[0] ?? []);
  // The last word says it: "train_data/labels". Names of classes are text, and "list_classes" is no list of labels.
  const role = roles.filter((each) => each !== "classNames" || isText).at(-1);
  return { array, split, role };
}

/** Arrays that numpy.savez numbered, and an array alone, are what their shapes say. */
function nameless(named: readonly Named[]): readonly Named[] {
  if (named.some(({ role }) => role === "images")) return named;
  const unnamed = named.filter(
    ({ array, role }) => role === undefined && (named.length === 1 || /(^|\/)arr_\d+$/.test(array.name)),
  );
  const isImages = ({ array: { shape } }: Named) =>
    shape.length >= 3 || (named.length === 1 && shape.length === 2);
  const images = unnamed.filter(isImages);
  const labels = unnamed.filter((each) => !isImages(each));
  const splits: readonly FolderSplit[] =
    images.length === 3 ? ["train", "validation", "test"] : ["train", "test"];
  if (images.length === 0 || images.length > 3) return named;
  return named.map((each) => {
    const [asImages, asLabels] = [images.indexOf(each), labels.indexOf(each)];
    if (asImages >= 0) return { ...each, role: "images", split: each.split ?? splits[asImages] };
    return asLabels >= 0 ? { ...each, role: "labels", split: each.split ?? splits[asLabels] } : each;
  });
}
