// @ts-check
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { here } from "./python.js";

/** @typedef {{ mean: (number | null)[], std: (number | null)[] }} Split */

/** @param {{ splits: Record<string, Split> }} document */
const meanAndStd = ({ splits }) =>
  Object.values(splits)
    .flatMap(({ mean, std }) => [...mean, ...std])
    .filter((value) => value !== null);

/** @param {{ variants: { accuracy: { mean: number } }[] }} document */
const accuracies = ({ variants }) => variants.map(({ accuracy }) => accuracy.mean * 100);

/**
 * Mean and standard deviation of each channel of images of 375×500.
 *
 * @param {string} kind
 * @param {string} folder
 * @param {number} side of the images after resizing; 0: as they are
 * @returns {import("./alternate.js").Case}
 */
function imageStatistics(kind, folder, side) {
  const size = side === 0 ? [] : ["--size", `${side}x${side}`];
  const args = [folder, String(side)];
  return {
    name: `stats of ${kind}${side === 0 ? "" : ` at ${side}×${side}`}`,
    ours: () => ["stats", folder, "--axis", "channel", "--layout", "flat", ...size],
    answer: meanAndStd,
    peers: [
      {
        name: "Pillow, histograms, 2 processes",
        module: "PIL",
        args: [here("stats_pillow.py"), ...args],
        tolerance: 1e-6,
        goal: side > 0 && kind.endsWith("JPEGs") ? 0.5 : 0.67,
      },
      {
        name: "OpenCV, meanStdDev, 2 processes",
        module: "cv2",
        args: [here("stats_opencv.py"), ...args],
        // It resizes without antialias, and its rounding takes 0.13 from the mean.
        tolerance: side === 0 ? 1e-6 : 0.2,
        ...(side === 0 ? {} : { like: ["--no-antialias"] }),
      },
      {
        name: "PyTorch DataLoader, 2 workers, without import",
        module: "torch",
        args: [here("stats_dataloader.py"), ...args],
        tolerance: 1e-3,
      },
      {
        name: "tf.data, without import",
        module: "tensorflow",
        args: [here("stats_tensorflow.py"), ...args],
        // Its decoder and its resizing differ from the others' by default; the resized values are fractions.
        tolerance: 0.05,
        ...(kind.endsWith("JPEGs") ? { goal: 0.67 } : {}),
        like: ["--like", "tensorflow"],
      },
    ],
  };
}

/**
 * The table of cases.
 *
 * @param {{ jpegs: string, pngs: string, mnist: string, runs: string }} folders
 * @param {{ jpegs: number, pngs: number, epoch: number }} counts
 * @returns {import("./alternate.js").Case[]}
 */
export const cases = (folders, counts) => [
  ...[0, 224].map((side) => imageStatistics(`${counts.jpegs} JPEGs`, folders.jpegs, side)),
  ...[0, 224].map((side) => imageStatistics(`${counts.pngs} PNGs`, folders.pngs, side)),
  {
    name: "stats of MNIST, gzipped IDX",
    ours: () => ["stats", folders.mnist],
    answer: meanAndStd,
    peers: [
      {
        name: "NumPy, whole process",
        module: "numpy",
        args: [here("stats_numpy.py"), folders.mnist],
        tolerance: 1e-6,
        goal: 0.4,
      },
    ],
  },
  {
    name: `compare, 6 runs of ${counts.epoch} images`,
    ours: () => {
      const out = mkdtempSync(join(folders.runs, "out-"));
      const settings = ["--seeds", "2", "--epochs", "1", "--limit", String(counts.epoch)];
      return ["compare", "mnist", ...settings, "--out", join(out, "runs")];
    },
    answer: accuracies,
    peers: [
      {
        name: "PyTorch, 2 processes of 1 thread",
        module: "torch",
        args: [here("compare_pytorch.py"), String(counts.epoch)],
        // The random numbers are others, and after a short epoch the accuracies of seeds are far apart.
        tolerance: counts.epoch < 20_000 ? 20 : 4,
        goal: 0.42,
      },
    ],
  },
];
