import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { labelsFromFile } from "../../../src/data/images/labels.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-labels-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function labelOf(content: string | Uint8Array, ...images: string[]) {
  const path = join(folder, "labels.csv");
  await writeFile(path, content);
  const labeller = await labelsFromFile(path, {});
  return images.map((image) => labeller.labelOf(image, folder));
}

describe("a table of labels", () => {
  it.each([
    ["numbers in labels", "id,label\na,Boeing 737\nb,Boeing 738\n", ["Boeing 737", "Boeing 738"]],
    ["quoted line breaks", 'id,label\na,"x\ny"\nb,"x, ""z"""\n', ["x\ny", 'x, "z"']],
    ["a byte order mark and CRLF", "\ufeffid;label\r\na;x\r\nb;y\r\n", ["x", "y"]],
    [
      "boxes, as ImageNet's list",
      "ImageId,PredictionString\na,n01 1 2 3 4\nb,n02 5 6 7 8 \n",
      ["n01", "n02"],
    ],
    [
      "no header, as Tiny-ImageNet's list",
      "a.png\tn01\t0\t0\t62\t57\nb.png\tn02\t1\t1\t5\t5\n",
      ["n01", "n02"],
    ],
  ])("may have %s", async (_, content, labels) => {
    expect(await labelOf(content, "a.png", "b.png")).toEqual(labels);
  });

  it.each([
    [
      "columns that are not clear",
      "lesion_id,image_id,dx\n1,a,x\n",
      /labels\.csv: 3 columns, .* not clear; name two of lesion_id, image_id, dx with `imageColumn` and `labelColumn`$/,
    ],
    ["another encoding", Uint8Array.of(97, 44, 233, 10), /not UTF-8 text; save it as UTF-8$/],
    ["an open quote", 'id,label\na,"x\n', /; quote cells as in RFC 4180$/],
    [
      "labels of several words without a separator",
      "a.png golden eagle\n",
      /"a\.png golden eagle" has more than/,
    ],
  ])("is refused with %s", async (_, content, error) => {
    await expect(labelOf(content)).rejects.toThrow(error);
  });
});
