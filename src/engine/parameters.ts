import { PANEL, PATCH_ROWS, ROWS } from "../kernels/tables.ts";
import type { ConvolutionStage, DenseStage } from "./stages.ts";

/**
 * Where the kernels keep a stage's parameters: `at[i]` is the place of the i-th kernel value in TensorFlow's order, counted in
 * floats. Convolution kernels [height, width, channels, filters] lie as patch panels, dense kernels [inputs, units] as
 * panels of eight units; the layouts are described in kernels/convolution-gradient.ts and kernels/dense.ts.
 */
export interface KernelLayout {
  readonly at: Uint32Array;
  /** Floats the kernel takes, padding included. */
  readonly length: number;
}

/** Vectors of four floats a row of a patch: three keep the most sums in registers, one wastes less on short kernel rows. */
export function patchVectors(stage: ConvolutionStage): 1 | 3 {
  return stage.kernelWidth * stage.input.channels > 8 ? 3 : 1;
}

export function convolutionLayout(stage: ConvolutionStage): KernelLayout {
  const { kernelHeight, kernelWidth, filters } = stage;
  const rowLength = kernelWidth * stage.input.channels;
  const width = 4 * patchVectors(stage);
  const rowBlocks = Math.ceil(kernelHeight / PATCH_ROWS);
  const columnBlocks = Math.ceil(rowLength / width);
  const at = new Uint32Array(kernelHeight * rowLength * filters);
  let i = 0;
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let column = 0; column < rowLength; column++) {
      const block = Math.floor(ky / PATCH_ROWS) * columnBlocks + Math.floor(column / width);
      const within = (ky % PATCH_ROWS) * width + (column % width);
      for (let f = 0; f < filters; f++) at[i++] = (block * filters + f) * PATCH_ROWS * width + within;
    }
  }
  return { at, length: rowBlocks * columnBlocks * filters * PATCH_ROWS * width };
}

export function denseLayout(stage: DenseStage): KernelLayout {
  const { inputs, units } = stage;
  const panelRows = roundUp(inputs, ROWS);
  const at = new Uint32Array(inputs * units);
  let i = 0;
  for (let input = 0; input < inputs; input++) {
    for (let unit = 0; unit < units; unit++) {
      at[i++] = (Math.floor(unit / PANEL) * panelRows + input) * PANEL + (unit % PANEL);
    }
  }
  return { at, length: Math.ceil(units / PANEL) * panelRows * PANEL };
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
