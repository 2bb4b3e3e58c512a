import { tableRow } from "../kernels/table-row.ts";
import {
  BAND_ENTRIES,
  CHUNK,
  Control,
  DIRECT_POSITIONS,
  MAX_SLICES,
  Method,
  PANEL,
  Pass,
  ROWS,
  Stage,
  StageKind,
  UPDATE_ROWS,
  Update,
  WINOGRAD_TILES,
} from "../kernels/tables.ts";
import { type KernelLayout, kernelLayout, patchVectors, roundUp } from "./parameters.ts";
import { type ConvolutionStage, type DenseStage, inputSize, outputShape, type StageSpec } from "./stages.ts";

/** The module keeps its own constants below this address. */
export const FIRST_ADDRESS = 65536;
/** Bytes for the text of a thread's error. */
export const ERROR_TEXT_BYTES = 1024;
const FLOAT = 4;
const DOUBLE = 8;

/** One stage's parameters: addresses of kernel and bias, and the order of the kernel's values. */
export interface ParameterPlace {
  readonly kernel: number;
  readonly bias: number;
  readonly biasLength: number;
  readonly layout: KernelLayout;
}

/** Addresses in the shared memory, in bytes, and the tables that the kernels read there. */
export interface MemoryPlan {
  /** Size of the memory. */
  readonly bytes: number;
  readonly control: number;
  readonly errorText: number;
  readonly stageTable: number;
  readonly images: number;
  readonly labels: number;
  readonly losses: number;
  readonly predictions: number;
  readonly probabilities: number;
  readonly profile: number;
  readonly profileLength: number;
  /** One entry per stage; undefined for a pool. */
  readonly parameters: readonly (ParameterPlace | undefined)[];
  /** Bytes from a parameter to its gradient and moments. */
  readonly toGradient: number;
  readonly toMoment1: number;
  readonly toMoment2: number;
  /** Initial words of control block, stage table and update table. */
  readonly tables: readonly { readonly address: number; readonly words: readonly number[] }[];
}

/** Lays out the memory of a network for batches of up to `maxImages` images on `threads` threads. */
export function planMemory(stages: readonly StageSpec[], maxImages: number, threads: number): MemoryPlan {
  const updateTable = stages.flatMap(updateRows);
  const profileLength = threads * stages.length * Pass.count;
  const tables = allocate(FIRST_ADDRESS, {
    control: Control.words * FLOAT,
    errorText: ERROR_TEXT_BYTES,
    stageTable: stages.length * Stage.words * FLOAT,
    updateTable: updateTable.length * FLOAT,
    profile: profileLength * DOUBLE,
  });
  const parameters = placeParameters(tables.end, stages);
  const convolutions = placeConvolutions(parameters.end, stages, parameters.places);
  const batch = allocate(convolutions.end, batchBytes(stages, maxImages));
  const activations = placeActivations(batch.end, stages, maxImages);
  const inputs = stages.map((_, i) => inputFields(stages, i, batch.images, activations.fields));
  const { toGradient, toMoment1, toMoment2 } = parameters;
  const stageTable = stages.flatMap((stage, i) => {
    const places = { ...parameters.fields[i], ...convolutions.fields[i], ...activations.fields[i] };
    return tableRow(Stage, { ...shapeFields(stage), ...inputs[i], ...places });
  });
  const control = tableRow(Control, {
    threads,
    stages: stages.length,
    stageTable: tables.stageTable,
    updates: updateTable.length / Update.words,
    updateTable: tables.updateTable,
    labels: batch.labels,
    losses: batch.losses,
    predictions: batch.predictions,
    probabilities: batch.probabilities,
    workspaceStride: activations.workspaceBytes,
    sliceStride: convolutions.sliceStride,
    toGradient,
    toMoment1,
    toMoment2,
  });
  return {
    ...tables,
    ...batch,
    bytes: activations.end + threads * activations.workspaceBytes + readMargin(stages),
    profileLength,
    parameters: parameters.places,
    toGradient,
    toMoment1,
    toMoment2,
    tables: [
      { address: tables.control, words: control },
      { address: tables.stageTable, words: stageTable },
      { address: tables.updateTable, words: updateTable },
    ],
  };
}

type Bytes<Name extends string> = Readonly<Record<Name, number>>;

/** Allocates consecutive addresses, multiples of 64, for blocks of the given sizes in bytes. */
function allocate<Name extends string>(start: number, blocks: Bytes<Name>): Bytes<Name | "end"> {
  let end = start;
  const addresses = Object.entries<number>(blocks).map(([name, bytes]) => {
    const address = end;
    end = roundUp(address + bytes, 64);
    return [name, address];
  });
  return { ...(Object.fromEntries(addresses) as Bytes<Name>), end };
}

/** Allocates the blocks of all stages, one stage after the other. */
function allocateStages<Name extends string>(start: number, stages: readonly Bytes<Name>[]) {
  let end = start;
  const fields = stages.map((blocks) => {
    const { end: stageEnd, ...addresses } = allocate(end, blocks);
    end = stageEnd;
    return addresses as Bytes<Name>;
  });
  return { fields, end };
}

/** Places the parameters of all stages, then their gradients and moments in the same order. */
function placeParameters(start: number, stages: readonly StageSpec[]) {
  const layouts = stages.map((stage) => (stage.kind === "maxPooling" ? undefined : kernelLayout(stage)));
  const { fields, end } = allocateStages(
    start,
    stages.map((stage, i) => parameterBytes(stage, layouts[i])),
  );
  const places = layouts.map(
    (layout, i): ParameterPlace | undefined =>
      layout && { ...fields[i], biasLength: outputChannels(stages[i]), layout },
  );
  const bytes = end - start;
  return {
    fields,
    places,
    toGradient: bytes,
    toMoment1: 2 * bytes,
    toMoment2: 3 * bytes,
    end: start + 4 * bytes,
  };
}

function parameterBytes(stage: StageSpec, layout: KernelLayout | undefined): Bytes<"kernel" | "bias"> {
  if (layout === undefined) return { kernel: 0, bias: 0 };
  return { kernel: layout.length * FLOAT, bias: roundUp(outputChannels(stage), PANEL) * FLOAT };
}

/** Places the packed kernels of convolutions, then their gradients, slice after slice. */
function placeConvolutions(
  start: number,
  stages: readonly StageSpec[],
  parameters: readonly (ParameterPlace | undefined)[],
) {
  const packed = allocateStages(
    start,
    stages.map((stage) => {
      const floats = stage.kind === "convolution" ? packedKernelFloats(stage, methodOf(stage)) : 0;
      return { packedKernel: floats * FLOAT };
    }),
  );
  const slice = allocateStages(
    packed.end,
    stages.map((stage, i) => {
      const layout = stage.kind === "convolution" ? parameters[i]?.layout : undefined;
      const { kernel, bias } = parameterBytes(stage, layout);
      return { sliceKernelGradient: kernel, sliceBiasGradient: bias };
    }),
  );
  const sliceStride = slice.end - packed.end;
  return {
    fields: stages.map((_, i) => ({ ...packed.fields[i], ...slice.fields[i] })),
    sliceStride,
    end: packed.end + MAX_SLICES * sliceStride,
  };
}

/** The batch and its results, for whole chunks. */
function batchBytes(stages: readonly StageSpec[], maxImages: number) {
  const N = roundUp(maxImages, CHUNK);
  return {
    images: N * inputSize(stages[0]) * FLOAT,
    labels: N * FLOAT,
    losses: N * DOUBLE,
    predictions: N * FLOAT,
    probabilities: N * outputStride(stages[stages.length - 1]) * FLOAT,
  };
}

/**
 * Places outputs, codes, output gradients and scratch memory. The update phase needs the inputs and output gradients of dense
 * stages for all images. The rest is needed for one chunk, in a workspace per thread; the fields refer to the first workspace,
 * which begins at `end`.
 */
function placeActivations(start: number, stages: readonly StageSpec[], maxImages: number) {
  const isDense = (stage: StageSpec | undefined) => stage?.kind === "dense";
  const isKept = stages.map((stage, i) => isDense(stage) || isDense(stages[i + 1]));
  const allImages = stages.map((stage) => roundUp(maxImages, CHUNK) * outputStride(stage) * FLOAT);
  const outputs = allocateStages(
    start,
    stages.map((_, i) => ({ output: isKept[i] ? allImages[i] : 0 })),
  );
  const gradients = allocateStages(
    outputs.end,
    stages.map((stage, i) => ({ outputGradient: isDense(stage) ? allImages[i] : 0 })),
  );
  const { end } = gradients;
  const scratch = Math.max(...stages.map(scratchBytes));
  const workspace = allocate(end, { scratch });
  const local = allocateStages(
    workspace.end,
    stages.map((stage, i) => {
      const values = CHUNK * outputStride(stage);
      return {
        output: isKept[i] ? 0 : values * FLOAT,
        codes: isDense(stage) ? 0 : values,
        outputGradient: isDense(stage) ? 0 : values * FLOAT + gradientMargin(stages[i + 1]),
      };
    }),
  );
  const fields = stages.map((stage, i) => ({
    ...local.fields[i],
    ...(isKept[i] ? outputs.fields[i] : {}),
    ...(isDense(stage) ? gradients.fields[i] : {}),
    outputIsLocal: Number(!isKept[i]),
    outputStride: outputStride(stage),
    scratch: workspace.scratch,
  }));
  return { fields, workspaceBytes: local.end - end, end };
}

/** A stage's input is the output of the stage before it, or the batch. */
function inputFields(
  stages: readonly StageSpec[],
  i: number,
  images: number,
  activations: readonly { output: number; outputIsLocal: number; outputStride: number }[],
) {
  const firstTrained = stages.findIndex((stage) => stage.kind !== "maxPooling");
  const before = activations[i - 1];
  return {
    needsInputGradient: Number(i > firstTrained),
    input: before?.output ?? images,
    inputIsLocal: before?.outputIsLocal ?? 0,
    inputStride: before?.outputStride ?? inputSize(stages[0]),
  };
}

/** The fields of a stage's row that its shape determines. */
export function shapeFields(stage: StageSpec) {
  if (stage.kind === "dense") {
    const { inputs: C, units: F } = stage;
    return { kind: StageKind.dense, H: 1, W: 1, C, F, outH: 1, outW: 1, relu: Number(stage.relu) };
  }
  const { height: H, width: W, channels: C } = stage.input;
  const { height: outH, width: outW, channels: F } = outputShape(stage);
  if (stage.kind === "maxPooling") return { kind: StageKind.maxPooling, H, W, C, F, outH, outW };
  return {
    kind: StageKind.convolution,
    ...{ H, W, C, F, outH, outW },
    kernelH: stage.kernelHeight,
    kernelW: stage.kernelWidth,
    relu: Number(stage.relu),
    pool: Number(stage.pool),
    method: methodOf(stage),
    vectors: patchVectors(stage),
  };
}

/**
 * How the forward pass is computed. For 3×3 kernels Winograd's methods need 4 multiplications per output, channel and filter, or
 * 6 of one channel, instead of 9. Beyond one channel they need whole vectors of channels; bench/convolution.js shows them ahead
 * for nearly all of those shapes.
 */
export function methodOf({ kernelHeight, kernelWidth, input }: ConvolutionStage): Method {
  if (kernelHeight !== 3 || kernelWidth !== 3) return Method.direct;
  if (input.channels === 1) return Method.oneChannel;
  return input.channels % 4 === 0 ? Method.winograd : Method.direct;
}

/** Floats from one image's output to the next; dense outputs are padded to whole panels. */
function outputStride(stage: StageSpec): number {
  if (stage.kind === "dense") return roundUp(stage.units, PANEL);
  const { height, width, channels } = outputShape(stage);
  return height * width * channels;
}

/** F: filters, units, or a pool's channels. */
function outputChannels(stage: StageSpec): number {
  return shapeFields(stage).F;
}

/** Values per patch that the direct convolution copies, rounded up to an even number. */
function directLength({ kernelHeight, kernelWidth, input }: ConvolutionStage): number {
  return roundUp(kernelHeight * kernelWidth * input.channels, 2);
}

/** Floats of a convolution's packed kernel. */
export function packedKernelFloats(stage: ConvolutionStage, method: Method): number {
  const length = {
    [Method.direct]: directLength(stage),
    [Method.winograd]: 16 * stage.input.channels,
    [Method.oneChannel]: 12,
  }[method];
  return length * roundUp(stage.filters, PANEL);
}

/** Rows of the update table for one stage: its panels, those of dense stages in pieces of UPDATE_ROWS inputs. */
function updateRows(stage: StageSpec, index: number): number[] {
  if (stage.kind === "maxPooling") return [];
  const panels = Math.ceil(outputChannels(stage) / PANEL);
  const inputs = stage.kind === "dense" ? stage.inputs : 1;
  const pieces = Array.from({ length: Math.ceil(inputs / UPDATE_ROWS) }, (_, i) => i * UPDATE_ROWS);
  return pieces.flatMap((start) =>
    Array.from({ length: panels }, (_, panel) =>
      tableRow(Update, { stage: index, panel, start, end: Math.min(inputs, start + UPDATE_ROWS) }),
    ).flat(),
  );
}

/** Bytes of scratch memory that a stage's kernels need for one chunk. */
function scratchBytes(stage: StageSpec): number {
  if (stage.kind === "maxPooling") return 0;
  if (stage.kind === "dense") return denseScratchBytes(stage);
  return Math.max(convolutionScratchBytes(stage, CHUNK, methodOf(stage)), backwardScratchBytes(stage));
}

/** Scratch memory of `denseBackward`, in bytes. */
export function denseScratchBytes({ inputs, units }: DenseStage): number {
  return (roundUp(units, PANEL) + roundUp(inputs, ROWS)) * CHUNK * FLOAT;
}

/** Scratch memory of a convolution's forward pass for N images, in bytes. */
export function convolutionScratchBytes(stage: ConvolutionStage, N: number, method: Method): number {
  if (method === Method.direct) return DIRECT_POSITIONS * (directLength(stage) + PANEL) * FLOAT + 64;
  const { height, width } = outputShape(stage);
  const tiles = stage.pool ? height * width : Math.ceil(height / 2) * Math.ceil(width / 2);
  const count = Math.min(WINOGRAD_TILES, N * tiles);
  const tileFloats =
    method === Method.oneChannel
      ? 16 + 8 * PANEL + 4 * PANEL
      : 16 * (stage.input.channels + PANEL) + 4 * PANEL;
  return roundUp(count, ROWS) * tileFloats * FLOAT;
}

/** Scratch memory of `convolutionBackward`, in bytes. */
export function backwardScratchBytes(stage: ConvolutionStage): number {
  const { width: outW, channels } = outputShape(stage);
  const cells = Math.max(1, Math.floor(BAND_ENTRIES / (outW * channels))) * outW;
  const places = stage.pool ? 4 : 1;
  const F = roundUp(channels, 4);
  return 8 * F * cells * (1 + places) + 4 * (2 * F + cells * places) + 128;
}

/** Bytes that a gradient needs after its last image: patches of the next stage are padded to whole blocks of three rows. */
export function gradientMargin(next: StageSpec | undefined): number {
  if (next?.kind !== "convolution") return 0;
  return (3 * next.input.width * next.input.channels + 16) * FLOAT;
}

/** Bytes that products read after the last buffer, because they round rows up. */
function readMargin(stages: readonly StageSpec[]): number {
  const floats = stages.map((stage) => (stage.kind === "dense" ? ROWS : 1) * inputSize(stage));
  return Math.max(...floats) * FLOAT + 64;
}
