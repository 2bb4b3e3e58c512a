import {
  BAND_ENTRIES,
  CHUNK,
  Control,
  DIRECT_POSITIONS,
  MAX_SLICES,
  PANEL,
  Pass,
  ROWS,
  Stage,
  StageKind,
  UPDATE_ROWS,
  Update,
  WINOGRAD_TILES,
} from "../kernels/tables.ts";
import { convolutionLayout, denseLayout, type KernelLayout, patchVectors, roundUp } from "./parameters.ts";
import { type ConvolutionStage, inputSize, outputShape, type StageSpec } from "./stages.ts";

/** Below this the module keeps its own constants. */
export const FIRST_ADDRESS = 65536;
/** Bytes for the text of a worker's error. */
export const ERROR_TEXT_BYTES = 1024;
const FLOAT = 4;

/** Where a stage's parameters lie: bytes of the kernel's first value and of the bias, and the kernel's order. */
export interface ParameterPlace {
  readonly kernel: number;
  readonly bias: number;
  readonly biasLength: number;
  readonly layout: KernelLayout;
}

/** Addresses, in bytes, of everything in the shared memory, and the tables the kernels read. */
export interface MemoryPlan {
  readonly bytes: number;
  readonly control: number;
  readonly errorText: number;
  readonly images: number;
  readonly labels: number;
  readonly losses: number;
  readonly predictions: number;
  readonly probabilities: number;
  readonly profile: number;
  readonly profileLength: number;
  /** One entry a stage; nothing for a pool. */
  readonly parameters: readonly (ParameterPlace | undefined)[];
  readonly toGradient: number;
  readonly toMoment1: number;
  readonly toMoment2: number;
  readonly stageTable: readonly number[];
  readonly updateTable: readonly number[];
  /** The control block before the first batch, by word. */
  readonly controlWords: ReadonlyMap<Control, number>;
  readonly stageAddress: number;
  readonly updateAddress: number;
}

/** Hands out addresses one behind the other. */
class Arena {
  #next: number;

  constructor(start: number) {
    this.#next = start;
  }

  take(bytes: number): number {
    const address = this.#next;
    this.#next = roundUp(address + bytes, 64);
    return address;
  }

  get end(): number {
    return this.#next;
  }
}

/**
 * Winograd does 4 multiplications an output instead of 9. bench/convolution.js shows it ahead of the direct method for every
 * number of channels that its transform can take, which is whole vectors.
 */
export function usesWinograd({ kernelHeight, kernelWidth, input }: ConvolutionStage): boolean {
  return kernelHeight === 3 && kernelWidth === 3 && input.channels % 4 === 0;
}

/** Lays out the memory of a network for batches of up to `maxImages` on `threads` threads. */
export function planMemory(stages: readonly StageSpec[], maxImages: number, threads: number): MemoryPlan {
  const shared = new Arena(FIRST_ADDRESS);
  const control = shared.take(Control.words * FLOAT);
  const errorText = shared.take(ERROR_TEXT_BYTES);
  const stageAddress = shared.take(stages.length * Stage.words * FLOAT);
  const updateTable = updatesOf(stages);
  const updateAddress = shared.take(updateTable.length * FLOAT);
  const profileLength = threads * stages.length * Pass.count;
  const profile = shared.take(profileLength * 8);

  // Parameters, then gradients and moments in the same order behind them.
  const firstParameter = shared.end;
  const parameters = stages.map((stage): ParameterPlace | undefined => {
    if (stage.kind === "maxPooling") return undefined;
    const layout = stage.kind === "dense" ? denseLayout(stage) : convolutionLayout(stage);
    const biasLength = stage.kind === "dense" ? stage.units : stage.filters;
    return {
      kernel: shared.take(layout.length * FLOAT),
      bias: shared.take(roundUp(biasLength, PANEL) * FLOAT),
      biasLength,
      layout,
    };
  });
  const parameterBytes = shared.end - firstParameter;
  shared.take(3 * parameterBytes);

  const panels = stages.map((stage) => shared.take(forwardPanels(stage) * FLOAT));
  const sliceGradients = new Arena(0);
  const sliceOffsets = stages.map((stage, i) => {
    const place = parameters[i];
    if (stage.kind !== "convolution" || place === undefined) return { kernel: 0, bias: 0 };
    return {
      kernel: sliceGradients.take(place.layout.length * FLOAT),
      bias: sliceGradients.take(roundUp(place.biasLength, PANEL) * FLOAT),
    };
  });
  const firstSlice = shared.take(sliceGradients.end * MAX_SLICES);

  // Dense products work on whole rows of images.
  const places = roundUp(maxImages, CHUNK);
  const first = stages[0];
  const classes = outputWidth(stages[stages.length - 1]);
  const images = shared.take(places * inputSize(first) * FLOAT);
  const labels = shared.take(places * FLOAT);
  const losses = shared.take(places * 8);
  const predictions = shared.take(places * FLOAT);
  const probabilities = shared.take(places * classes * FLOAT);

  // What every image keeps until the update phase: the inputs and output gradients of dense stages.
  const globalOutputs = stages.map((stage, i) => {
    const next = stages[i + 1];
    const needed = stage.kind === "dense" || next?.kind === "dense";
    return needed ? shared.take(places * outputWidth(stage) * FLOAT) : undefined;
  });
  const globalGradients = stages.map((stage) =>
    stage.kind === "dense" ? shared.take(places * outputWidth(stage) * FLOAT) : undefined,
  );

  // What a thread needs for one chunk. Results of padded patches reach a little behind the gradients.
  const workspace = new Arena(shared.end);
  const scratch = workspace.take(Math.max(...stages.map(scratchBytes)));
  const local = stages.map((stage, i) => {
    const values = CHUNK * outputWidth(stage);
    return {
      output: globalOutputs[i] ?? workspace.take(values * FLOAT),
      codes: stage.kind === "dense" ? 0 : workspace.take(values),
      gradient: globalGradients[i] ?? workspace.take(values * FLOAT + gradientMargin(stages[i + 1])),
    };
  });
  const workspaceStride = workspace.end - shared.end;

  const firstTrained = stages.findIndex((stage) => stage.kind !== "maxPooling");
  const stageTable = stages.flatMap((stage, i) => {
    const row = new Array<number>(Stage.words).fill(0);
    const set = (field: Stage, value: number) => {
      row[field] = value;
    };
    const place = parameters[i];
    set(Stage.inputGradient, i > firstTrained ? 1 : 0);
    set(Stage.input, i === 0 ? images : local[i - 1].output);
    set(Stage.inputIsLocal, i === 0 || globalOutputs[i - 1] !== undefined ? 0 : 1);
    set(Stage.inputStride, i === 0 ? inputSize(first) : outputWidth(stages[i - 1]));
    set(Stage.output, local[i].output);
    set(Stage.outputIsLocal, globalOutputs[i] === undefined ? 1 : 0);
    set(Stage.outputStride, outputWidth(stage));
    set(Stage.codes, local[i].codes);
    set(Stage.outputGradient, local[i].gradient);
    set(Stage.kernel, place?.kernel ?? 0);
    set(Stage.bias, place?.bias ?? 0);
    set(Stage.panels, panels[i]);
    set(Stage.sliceGradient, firstSlice + sliceOffsets[i].kernel);
    set(Stage.sliceBiasGradient, firstSlice + sliceOffsets[i].bias);
    set(Stage.scratch, scratch);
    for (const [field, value] of shapeFields(stage)) set(field, value);
    return row;
  });

  const toGradient = parameterBytes;
  return {
    bytes: workspace.end + (threads - 1) * workspaceStride + readMargin(stages),
    control,
    errorText,
    images,
    labels,
    losses,
    predictions,
    probabilities,
    profile,
    profileLength,
    parameters,
    toGradient,
    toMoment1: 2 * parameterBytes,
    toMoment2: 3 * parameterBytes,
    stageTable,
    updateTable,
    stageAddress,
    updateAddress,
    controlWords: new Map([
      [Control.threads, threads],
      [Control.stages, stages.length],
      [Control.stageTable, stageAddress],
      [Control.updates, updateTable.length / Update.words],
      [Control.updateTable, updateAddress],
      [Control.labels, labels],
      [Control.losses, losses],
      [Control.predictions, predictions],
      [Control.probabilities, probabilities],
      [Control.workspaceStride, workspaceStride],
      [Control.gradientSliceStride, sliceGradients.end],
      [Control.toGradient, toGradient],
      [Control.toMoment1, 2 * parameterBytes],
      [Control.toMoment2, 3 * parameterBytes],
    ]),
  };
}

/** Floats one image takes behind the stage; dense rows are whole panels. */
function outputWidth(stage: StageSpec): number {
  if (stage.kind === "dense") return roundUp(stage.units, PANEL);
  const { height, width, channels } = outputShape(stage);
  return height * width * channels;
}

function shapeFields(stage: StageSpec): [Stage, number][] {
  if (stage.kind === "dense") {
    return [
      [Stage.kind, StageKind.dense],
      [Stage.inChannels, stage.inputs],
      [Stage.outChannels, stage.units],
      [Stage.relu, stage.relu ? 1 : 0],
    ];
  }
  const shapes: [Stage, number][] = [
    [Stage.inHeight, stage.input.height],
    [Stage.inWidth, stage.input.width],
    [Stage.inChannels, stage.input.channels],
    [Stage.outChannels, outputShape(stage).channels],
  ];
  if (stage.kind === "maxPooling") return [...shapes, [Stage.kind, StageKind.maxPooling]];
  return [
    ...shapes,
    [Stage.kind, StageKind.convolution],
    [Stage.kernelHeight, stage.kernelHeight],
    [Stage.kernelWidth, stage.kernelWidth],
    [Stage.relu, stage.relu ? 1 : 0],
    [Stage.pool, stage.pool ? 1 : 0],
    [Stage.winograd, usesWinograd(stage) ? 1 : 0],
    [Stage.vectors, patchVectors(stage)],
  ];
}

/** Floats of a patch as the direct convolution copies it: an even number. */
function directLength(stage: ConvolutionStage): number {
  return roundUp(stage.kernelHeight * stage.kernelWidth * stage.input.channels, 2);
}

/** Floats of the kernel's copy for the forward product. */
function forwardPanels(stage: StageSpec): number {
  if (stage.kind !== "convolution") return 0;
  const length = usesWinograd(stage) ? 16 * stage.input.channels : directLength(stage);
  return length * roundUp(stage.filters, PANEL);
}

function updatesOf(stages: readonly StageSpec[]): number[] {
  const rows: number[] = [];
  stages.forEach((stage, index) => {
    if (stage.kind === "maxPooling") return;
    const panelCount = Math.ceil((stage.kind === "dense" ? stage.units : stage.filters) / PANEL);
    const inputs = stage.kind === "dense" ? stage.inputs : 1;
    for (let start = 0; start < inputs; start += UPDATE_ROWS) {
      for (let panel = 0; panel < panelCount; panel++) {
        rows.push(index, panel, start, Math.min(inputs, start + UPDATE_ROWS));
      }
    }
  });
  return rows;
}

/** Scratch bytes of one stage; each kernel's comment says what it keeps there. */
function scratchBytes(stage: StageSpec): number {
  if (stage.kind === "maxPooling") return 0;
  if (stage.kind === "dense") return (roundUp(stage.units, PANEL) + roundUp(stage.inputs, ROWS)) * 8 * FLOAT;
  const output = outputShape(stage);
  const step = stage.pool ? 2 : 1;
  const cells = Math.max(1, Math.floor(BAND_ENTRIES / (output.width * stage.filters))) * output.width;
  const places = step * step;
  const lists = 8 * stage.filters * cells * (1 + places) + 4 * (stage.filters + cells * places) + 128;
  if (usesWinograd(stage)) {
    const tiles = CHUNK * Math.ceil((output.height * step) / 2) * Math.ceil((output.width * step) / 2);
    const rows = roundUp(Math.min(WINOGRAD_TILES, tiles), ROWS);
    return Math.max(lists, 16 * rows * (stage.input.channels + PANEL) * FLOAT);
  }
  const length = directLength(stage);
  return Math.max(lists, DIRECT_POSITIONS * (length + PANEL) * FLOAT + 64);
}

/** A patch is padded to whole rows of vectors in blocks of three, so its last row may reach this far behind the image. */
function gradientMargin(next: StageSpec | undefined): number {
  if (next?.kind !== "convolution") return 0;
  return (3 * next.input.width * next.input.channels + 16) * FLOAT;
}

/** Rounded-up rows of products are read this far behind the last buffer. */
function readMargin(stages: readonly StageSpec[]): number {
  return (
    Math.max(...stages.map((stage) => (stage.kind === "dense" ? ROWS * stage.inputs : inputSize(stage)))) *
      FLOAT +
    64
  );
}
