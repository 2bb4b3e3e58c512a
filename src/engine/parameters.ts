import { PANEL, PATCH_ROWS, ROWS } from "../kernels/tables.ts";
import type { ConvolutionStage, DenseStage } from "./stages.ts";

/**
 * How the kernels store a stage's kernel. Convolutions use the layout of kernels/assembly/patch-panel.ts, dense stages that of
 * kernels/assembly/dense.ts.
 */
export interface KernelLayout {
  /**
   * For each value in TensorFlow's order ([kernelH][kernelW][C][F] or [C][F]), its index among the stored floats.
   */
  readonly at: Uint32Array;
  /** Floats that the kernel takes, with padding. */
  readonly length: number;
}

export function kernelLayout(stage: ConvolutionStage | DenseStage): KernelLayout {
  return stage.kind === "dense" ? denseLayout(stage) : convolutionLayout(stage);
}

/**
 * Vectors of four floats per row of a patch: as many as keep their sums in registers, four, unless fewer waste less on padding.
 */
export function patchVectors(stage: ConvolutionStage): 1 | 3 | 4 {
  const length = stage.kernelWidth * stage.input.channels;
  if (length <= 8) return 1;
  return roundUp(length, 16) <= roundUp(length, 12) ? 4 : 3;
}

function convolutionLayout(stage: ConvolutionStage): KernelLayout {
  const { kernelHeight: kernelH, filters: F } = stage;
  const rowLength = stage.kernelWidth * stage.input.channels;
  const width = 4 * patchVectors(stage);
  const rowBlocks = Math.ceil(kernelH / PATCH_ROWS);
  const columnBlocks = Math.ceil(rowLength / width);
  const at = new Uint32Array(kernelH * rowLength * F);
  let i = 0;
  for (let kh = 0; kh < kernelH; kh++) {
    for (let column = 0; column < rowLength; column++) {
      const block = Math.floor(kh / PATCH_ROWS) * columnBlocks + Math.floor(column / width);
      const within = (kh % PATCH_ROWS) * width + (column % width);
      for (let f = 0; f < F; f++) at[i++] = (block * F + f) * PATCH_ROWS * width + within;
    }
  }
  return { at, length: rowBlocks * columnBlocks * F * PATCH_ROWS * width };
}

function denseLayout({ inputs: C, units: F }: DenseStage): KernelLayout {
  const panelRows = roundUp(C, ROWS);
  const at = new Uint32Array(C * F);
  let i = 0;
  for (let c = 0; c < C; c++) {
    for (let f = 0; f < F; f++) at[i++] = (Math.floor(f / PANEL) * panelRows + c) * PANEL + (f % PANEL);
  }
  return { at, length: Math.ceil(F / PANEL) * panelRows * PANEL };
}

/** The smallest multiple of `multiple` that is at least `value`. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
