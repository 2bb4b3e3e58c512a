import { basename, extname, join, resolve, sep } from "node:path";
import { PixscaleError, setting, UsageError } from "../../errors.ts";
import type { FolderEntries } from "../../files/folder-entries.ts";
import { refusal } from "../refused.ts";
import { classFiles, classNamesOf, countWithoutImages, foldersWithImages } from "./class-folders.ts";
import { DEFAULT_TEST_SPLIT, holdOut, requireNoTestSplit } from "./hold-out.ts";
import { type ImageFile, type ImageFiles, type ImageSet, NO_IMAGES } from "./image-files.ts";
import { addCounts, countOthers, filesWithin, isImageName, isSplitList } from "./image-names.ts";
import { ARRAY_LAYOUTS, FOLDER_LAYOUTS, type ImageOptions } from "./image-options.ts";
import { LABEL_FROM_NAME, type Labeller, labelsFromFile } from "./labels.ts";
import { MetadataTables } from "./metadata.ts";
import { type FolderSplit, splitOf } from "./split-names.ts";

/** A folder and its subfolders that hold images. */
interface Level {
  readonly folder: FolderEntries;
  readonly inner: readonly FolderEntries[];
}

/** The images of one split, before the classes of all splits are numbered. */
interface Found {
  readonly folder: FolderEntries;
  /** Sorted; undefined without labels. */
  readonly classNames: readonly string[] | undefined;
  files(classNames: readonly string[]): Promise<ImageFiles>;
}

/** Folders of segmentation sets: the masks are no class. */
const MASKS = /^(masks?|labels?|annotations?|seg(mentations?)?|ground[ _-]?truth|gt)$/i;
const PICTURES = /^(images?|imgs?)$/i;

/**
 * Finds the images of a folder and their classes, ordered by name. Classes are numbered in the order of their names, as in Keras and
 * torchvision.
 *
 * It understands one subfolder per class; such folders in split folders under their usual names; one folder wrapped around either;
 * and images without class folders, whose labels come from a file, from their names, from a `metadata.csv` or `metadata.jsonl` beside
 * them, or from nowhere.
 *
 * @throws PixscaleError if there are no images, the folder can be read in two ways, or a class has no training images
 * @throws UsageError if the test split would leave no image in one of the splits
 */
export async function understandFolder(given: FolderEntries, options: ImageOptions): Promise<ImageSet> {
  if (ARRAY_LAYOUTS.some((layout) => layout === options.layout)) {
    const problem = "says how arrays are read, and this is a folder of images";
    throw new UsageError(setting("layout", options.layout), problem, `use ${FOLDER_LAYOUTS.join(", ")}`);
  }
  const labeller = await labellerOf(options);
  const root = await unwrap(await levelOf(given));
  const { path } = root.folder;
  const ignored = new Map<string, number>();
  const tables = new MetadataTables(options);
  const labelled: FindLabels = async (level) => {
    if (labeller !== undefined || options.layout === "classes") return labeller;
    const isFlat = level.inner.length === 0 || options.layout === "flat";
    return isFlat ? tables.in([level.folder, root.folder, given]) : undefined;
  };
  const splits = splitFolders(root, options);
  const folder =
    splits === undefined
      ? await wholeFolder(root, labelled, options, ignored)
      : await splitFolder(
          root.folder,
          await findSplits(root.folder, splits, labelled, ignored),
          options,
          ignored,
        );
  if (labeller !== undefined && folder.classNames === undefined) throw noLabels(path, options);
  const read = options.labels === undefined ? tables.paths() : [options.labels];
  requireTable(read, options);
  leaveOutTables(ignored, path, read);
  const wrapper = path === given.path ? [] : [`reading ${path}`];
  const unused = labeller?.leftOver();
  return {
    ...folder,
    notes: [...wrapper, ...folder.notes, ...tables.notes()],
    leftOut: [...folder.leftOut, ...otherFiles(ignored), ...(unused ? [unused] : []), ...tables.leftOver()],
  };
}

/** The labels of images that are not in folders of their classes. */
type FindLabels = (level: Level) => Promise<Labeller | undefined>;

/** @throws UsageError if columns are named of a table that is not there */
function requireTable(tables: readonly string[], options: ImageOptions): void {
  const name = (["imageColumn", "labelColumn"] as const).find((each) => options[each] !== undefined);
  if (name === undefined || tables.length > 0) return;
  throw new UsageError(setting(name), "there is no table", `name one with ${setting("labels")}`);
}

/** Tables of labels among the images are no files that are ignored. */
function leaveOutTables(ignored: Map<string, number>, folder: string, tables: readonly string[]): void {
  for (const table of tables) {
    if (!resolve(table).startsWith(resolve(folder) + sep)) continue;
    const ending = extname(table).toLowerCase();
    const left = (ignored.get(ending) ?? 0) - 1;
    if (left > 0) ignored.set(ending, left);
    else ignored.delete(ending);
  }
}

async function levelOf(folder: FolderEntries): Promise<Level> {
  return { folder, inner: await foldersWithImages(folder) };
}

/** @throws UsageError if options contradict each other; what `labelsFromFile` throws */
async function labellerOf(options: ImageOptions): Promise<Labeller | undefined> {
  const { labels, labelFrom, layout } = options;
  const given = labels !== undefined ? setting("labels") : labelFrom && setting("labelFrom");
  if (given !== undefined && (layout === "classes" || (labels !== undefined && labelFrom !== undefined))) {
    const other = layout === "classes" ? setting("layout", layout) : setting("labelFrom");
    throw new UsageError(other, `the classes come from ${given}`, "leave one of them out");
  }
  if (labels !== undefined) return labelsFromFile(labels, options);
  return labelFrom === "name" ? LABEL_FROM_NAME : undefined;
}

/** Descends through folders that hold nothing but one other folder: `PetImages/Cat`, `data/train`. */
async function unwrap(level: Level): Promise<Level> {
  const [only, ...others] = level.inner;
  if (only === undefined || others.length > 0 || level.folder.files.some(isImageName)) return level;
  if (splitOf(basename(only.path)) !== undefined || only.files.some(isImageName)) return level;
  return unwrap(await levelOf(only));
}

interface SplitFolders {
  readonly folders: ReadonlyMap<FolderSplit, FolderEntries>;
  /** Names of the other folders that hold images. */
  readonly others: readonly string[];
}

/**
 * The split folders in a folder, if it has such.
 *
 * @throws PixscaleError if the folder can be read in two ways
 */
function splitFolders({ folder: root, inner }: Level, { layout }: ImageOptions): SplitFolders | undefined {
  if (layout === "classes" || layout === "flat") return undefined;
  const splits = new Map<FolderSplit, FolderEntries>();
  const others: string[] = [];
  for (const folder of inner) {
    const name = basename(folder.path);
    const split = splitOf(name);
    const twin = split && splits.get(split);
    if (twin !== undefined) {
      const problem = `both "${basename(twin.path)}" and "${name}" could be the ${split} images`;
      throw new PixscaleError(root.path, problem, "rename or move one of them");
    }
    if (split === undefined) others.push(name);
    else splits.set(split, folder);
  }
  if (splits.size === 0) return undefined;
  const named = [...splits.values()].map(({ path }) => `"${basename(path)}"`).join(" and ");
  const asClasses = `${setting("layout", "classes")} reads every folder as a class`;
  // Two splits under their usual names are no coincidence.
  if (others.length > 0 && splits.size === 1 && layout !== "splits") {
    const problem = `${named} could be a split, but "${others[0]}" next to it could be a class`;
    const remedy = `${setting("layout", "splits")} ignores the other folders, and ${asClasses}`;
    throw new PixscaleError(root.path, problem, remedy);
  }
  if (!splits.has("train")) {
    const problem = `${named} could be a split, but there are no training images next to it`;
    throw new PixscaleError(root.path, problem, `add a folder "train", or ${asClasses}`);
  }
  return { folders: splits, others };
}

/** One subfolder per class, or images next to each other, all to be split. */
async function wholeFolder(
  root: Level,
  labelled: FindLabels,
  options: ImageOptions,
  ignored: Map<string, number>,
): Promise<ImageSet> {
  const found = await findClasses(root, await labelled(root), options.layout === "flat", ignored);
  if (found === undefined) throw noImages(root.folder.path, ignored);
  const { classNames } = found;
  const files = await found.files(classNames ?? []);
  return drawTest(files, classNames, root.folder.path, contentText(files, classNames), options);
}

/** Images without test images of their own. @param content describes them */
function drawTest(
  files: ImageFiles,
  classNames: ImageSet["classNames"],
  folder: string,
  content: string,
  options: ImageOptions,
): ImageSet {
  // Images without labels cannot be tested on.
  const { testSplit = classNames === undefined ? 0 : DEFAULT_TEST_SPLIT } = options;
  const held = holdOut(files, folder, { ...options, testSplit });
  const drawn = testSplit === 0 ? "" : `, ${imagesText("test ", held.test.count)} drawn from them`;
  return { classNames, ...held, validation: NO_IMAGES, notes: [`${content}${drawn}`], leftOut: [] };
}

type FoundSplits = { readonly [Split in FolderSplit]?: Found };

async function findSplits(
  root: FolderEntries,
  { folders, others }: SplitFolders,
  labelled: FindLabels,
  ignored: Map<string, number>,
): Promise<FoundSplits> {
  countOthers(ignored, root, root.files);
  for (const name of others) {
    const { images } = await filesWithin(join(root.path, name));
    addCounts(ignored, new Map([[`folder ${name}`, images.length]]));
  }
  const found: { [Split in FolderSplit]?: Found } = {};
  for (const [split, folder] of folders) {
    const listed = split === "train" ? undefined : await splitList(root, folder);
    const level = await levelOf(folder);
    // Tiny-ImageNet keeps its test images, which have no classes, in test/images/.
    const flat =
      split !== "train" && level.inner.length === 1 && PICTURES.test(basename(level.inner[0].path));
    const each = await findClasses(level, listed ?? (await labelled(level)), flat, ignored);
    if (each !== undefined) found[split] = each;
  }
  return found;
}

async function splitFolder(
  root: FolderEntries,
  { train, validation, test }: FoundSplits,
  options: ImageOptions,
  ignored: ReadonlyMap<string, number>,
): Promise<ImageSet> {
  if (train === undefined) throw noImages(root.path, ignored);
  const { classNames } = train;
  const [validated, tested] = [validation, test].map((each) => (isLabelled(each) ? each : undefined));
  for (const each of [validated, tested]) requireKnownClasses(each, classNames);
  const left = [validation, test].filter((each) => each !== undefined && !isLabelled(each)) as Found[];
  const leftOut = left.map(
    ({ folder }) => `the images in ${basename(folder.path)}/ have no labels and are ignored`,
  );
  const files = await train.files(classNames ?? []);
  const content = `${contentText(files, classNames)} from ${basename(train.folder.path)}/`;
  // Validation images serve as test images if there are no others.
  const testing = classNames === undefined ? undefined : (tested ?? validated);
  if (testing === undefined) {
    return { ...drawTest(files, classNames, root.path, content, options), leftOut };
  }
  requireNoTestSplit(options, `there are test images in ${basename(testing.folder.path)}/`);
  const names = classNames ?? [];
  const validating = testing === validated ? undefined : validated;
  const validationText = validating ? `, validation images from ${basename(validating.folder.path)}/` : "";
  return {
    classNames,
    train: files,
    validation: validating ? await validating.files(names) : NO_IMAGES,
    test: await testing.files(names),
    notes: [`${content}${validationText}, test images from ${basename(testing.folder.path)}/`],
    leftOut,
  };
}

function isLabelled(found: Found | undefined): boolean {
  return found?.classNames !== undefined;
}

function requireKnownClasses(found: Found | undefined, classNames: readonly string[] | undefined): void {
  const extra = found?.classNames?.find((name) => !classNames?.includes(name));
  if (found === undefined || classNames === undefined || extra === undefined) return;
  const remedy = "add some to the training images, or remove this class";
  throw new PixscaleError(join(found.folder.path, extra), "a class without training images", remedy);
}

/** The labels of validation images in a list beside them or beside their folder. */
async function splitList(root: FolderEntries, folder: FolderEntries): Promise<Labeller | undefined> {
  for (const { path, files } of [folder, root]) {
    const list = files.find(isSplitList);
    if (list !== undefined) return labelsFromFile(join(path, list), {});
  }
  return undefined;
}

/** The classes of a folder and their images; undefined if it has no images. */
async function findClasses(
  { folder, inner }: Level,
  labeller: Labeller | undefined,
  flat: boolean,
  ignored: Map<string, number>,
): Promise<Found | undefined> {
  const classNames = flat || labeller !== undefined ? [] : classNamesOf(folder, inner);
  if (classNames.length === 0) return findFlat(folder, labeller, ignored);
  requireNoMasks(folder, classNames);
  requireNoInnerSplits(inner);
  countOthers(ignored, folder, folder.files);
  await countWithoutImages(folder, inner, ignored);
  return { folder, classNames, files: (names) => classFiles(folder, names, ignored) };
}

/** Images next to each other, or at any depth if their labels do not come from folders. */
async function findFlat(
  folder: FolderEntries,
  labeller: Labeller | undefined,
  ignored: Map<string, number>,
): Promise<Found | undefined> {
  const { images, ignored: others } = await filesWithin(folder.path);
  addCounts(ignored, others);
  if (images.length === 0) return undefined;
  const labels = images.map((image) => labeller?.labelOf(image, folder.path));
  const labelled = images.filter((_, i) => labels[i] !== undefined);
  if (labeller === undefined || labelled.length === 0) {
    return { folder, classNames: undefined, files: async () => listFiles(folder.path, images, () => 0) };
  }
  const without = images.length - labelled.length;
  if (without > 0) addCounts(ignored, new Map([["images without a label", without]]));
  const classNames = [...new Set(labels.filter((label) => label !== undefined))].sort();
  return {
    folder,
    classNames,
    async files(names) {
      const numbers = new Map(names.map((name, label) => [name, label]));
      return listFiles(
        folder.path,
        labelled,
        (image) => numbers.get(labeller.labelOf(image, folder.path) ?? "") ?? 0,
      );
    },
  };
}

function listFiles(
  folder: string,
  images: readonly string[],
  labelOf: (image: string) => number,
): ImageFiles {
  return {
    count: images.length,
    async *[Symbol.asyncIterator](): AsyncGenerator<ImageFile> {
      for (const image of images) yield { path: join(folder, image), label: labelOf(image) };
    },
  };
}

/** Images and their masks are no classes. @throws PixscaleError if a folder looks like that */
function requireNoMasks({ path }: FolderEntries, classNames: readonly string[]): void {
  if (classNames.length !== 2) return;
  const [pictures, masks] = [PICTURES, MASKS].map((names) => classNames.find((name) => names.test(name)));
  if (pictures === undefined || masks === undefined) return;
  const problem = `"${pictures}" and "${masks}" look like images and their masks, not like two classes`;
  const remedy = `read ${join(path, pictures)} alone, or rename them if they are classes`;
  throw new PixscaleError(path, problem, remedy);
}

/** @throws PixscaleError if classes have split folders inside, which would be mixed */
function requireNoInnerSplits(classes: readonly FolderEntries[]): void {
  for (const { path, folders } of classes) {
    const splits = folders.map(splitOf);
    if (!splits.includes("train") || !splits.includes("test")) continue;
    const problem = `"${folders[splits.indexOf("train")]}" and "${folders[splits.indexOf("test")]}" in the folder of a class look like splits`;
    throw new PixscaleError(path, problem, "put the split folders above those of the classes");
  }
}

function noLabels(folder: string, { labels }: ImageOptions): PixscaleError {
  if (labels === undefined) {
    const problem = "the file names do not start with a class, as cat.0.jpg does";
    return new PixscaleError(folder, problem, `leave out ${setting("labelFrom")}`);
  }
  const problem = `no training image is listed in "${labels}"`;
  const remedy = `list images by path in this folder or by name, or choose its columns with ${setting("imageColumn")} and ${setting("labelColumn")}`;
  return new PixscaleError(folder, problem, remedy);
}

function noImages(folder: string, others: ReadonlyMap<string, number>): PixscaleError {
  const found = others.size === 0 ? "" : `, but ${kindsText(others)}`;
  const known = [...others.keys()].map(refusal).find((each) => each !== undefined);
  if (known !== undefined) {
    return new PixscaleError(folder, `no images${found}: ${known.problem}`, known.remedy);
  }
  const problem = `no images (jpg, png, webp, tiff, avif, gif, bmp, ppm, tga)${found}`;
  const remedy = `put the images of each class in a subfolder, or choose another ${setting("format")}`;
  return new PixscaleError(folder, problem, remedy);
}

function contentText({ count }: ImageFiles, classNames: readonly string[] | undefined): string {
  if (classNames === undefined) return `${imagesText("", count)} without labels`;
  return `${classNames.length} class${classNames.length === 1 ? "" : "es"}`;
}

function imagesText(kind: string, count: number): string {
  return `${count} ${kind}image${count === 1 ? "" : "s"}`;
}

function kindsText(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([kind, count]) => `${kind} ${count}`).join(", ");
}

function otherFiles(ignored: ReadonlyMap<string, number>): string[] {
  const total = [...ignored.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  return [`${total} file${total === 1 ? "" : "s"} ignored: ${kindsText(ignored)}`];
}
