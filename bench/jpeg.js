// @ts-check
/** Decoding of one JPEG on one core, by the kernels and by sharp in turn, in milliseconds. */
import sharp from "sharp";
import { decodeJpeg } from "../dist/data/images/jpeg/decode-jpeg.js";
import { table } from "../dist/output/table.js";
import { median } from "./network.js";
import { photo } from "./photo.js";

const ROUNDS = 40;
const PHOTOS = 10;

sharp.concurrency(1);
sharp.cache(false);

/** @param {import("sharp").JpegOptions} options */
async function compare(options) {
  const files = await Promise.all(Array.from({ length: PHOTOS }, () => photo(options)));
  /** @type {number[]} */
  const ours = [];
  /** @type {number[]} */
  const theirs = [];
  for (let round = 0; round < ROUNDS; round++) {
    let start = performance.now();
    for (const file of files) {
      if (decodeJpeg(file, { dct: "accurate", luma: false }) === undefined) throw new Error("not decoded");
    }
    ours.push((performance.now() - start) / PHOTOS);
    start = performance.now();
    for (const file of files) await sharp(file, { failOn: "error" }).raw().toBuffer();
    theirs.push((performance.now() - start) / PHOTOS);
  }
  const bytes = files.reduce((sum, file) => sum + file.length, 0) / PHOTOS;
  return [`${(bytes / 1000).toFixed(0)} kB`, ...ratio(median(ours), median(theirs))];
}

/** @param {number} ours @param {number} theirs */
function ratio(ours, theirs) {
  return [ours.toFixed(2), theirs.toFixed(2), (theirs / ours).toFixed(1)];
}

const rows = [
  ["4:2:0, quality 90", ...(await compare({ quality: 90 }))],
  ["4:2:0, quality 75", ...(await compare({ quality: 75 }))],
  ["4:4:4, quality 90", ...(await compare({ quality: 90, chromaSubsampling: "4:4:4" }))],
];
console.log(table(["JPEG, 375 × 500", "size", "ms / image", "sharp, ms / image", "ratio"], rows));
