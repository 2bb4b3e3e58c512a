/**
 * What the driver writes into shared memory and the kernels read: word indices (4 bytes each) of the control block and of
 * the tables it points to. Compiled by both TypeScript and AssemblyScript. Addresses are bytes; sizes are counts of floats.
 */

/** One block for the whole engine; every thread polls it. */
export enum Control {
  /** Raised by one to start a batch; workers sleep on it. */
  sequence,
  /** Barrier between the phases: threads arrived, and a count of barriers passed. */
  arrived,
  generation,
  /** Next slice and next update task to take. */
  nextSlice,
  nextUpdate,
  /** 1 asks the workers to return. */
  stop,
  /** 1 after a thread has trapped: nobody waits for the others any more. */
  failed,
  threads,
  /** Images in this batch, and whether the weights are updated. */
  images,
  training,
  slices,
  stages,
  stageTable,
  updates,
  updateTable,
  labels,
  losses,
  predictions,
  probabilities,
  /** Bytes from one thread's workspace to the next. */
  workspaceStride,
  gradientSliceStride,
  /** Distance from a parameter to its gradient, first and second moment. */
  toGradient,
  toMoment1,
  toMoment2,
  /** Adam's arguments (see adam.ts) as bit patterns of float32 values; `rate` changes with each step. */
  rate,
  share1,
  share2,
  epsilon,
  /** Address of float64 milliseconds [thread][stage][pass], or 0 when nobody is measuring. */
  profile,
  words,
}

export enum StageKind {
  convolution,
  maxPooling,
  dense,
}

/** One row per stage: a convolution with its activation and the pool behind it, a pool alone, or a dense layer. */
export enum Stage {
  kind,
  inHeight,
  inWidth,
  inChannels,
  /** Filters or units. */
  outChannels,
  kernelHeight,
  kernelWidth,
  relu,
  pool,
  winograd,
  /** Vectors a row of the kernel's patches (see convolution-gradient.ts): 1 or 3. */
  vectors,
  /** Whether the loss gradient by the input is wanted: not in the first stage with parameters, nor before it. */
  inputGradient,
  /** Activations: address, and whether each thread has its own copy for one chunk (1) or all images have a place (0). */
  input,
  inputIsLocal,
  output,
  outputIsLocal,
  /** Floats from one image to the next. */
  inputStride,
  outputStride,
  /** Bytes telling where each output came from (see pooling.ts), per thread. */
  codes,
  /** Loss gradient by output: per thread, or for dense stages of all images. */
  outputGradient,
  /** Kernel parameters, and the bias behind them. */
  kernel,
  bias,
  /** Kernel repacked for the forward product. */
  panels,
  /** The kernel's gradient within a slice's gradients. */
  sliceGradient,
  sliceBiasGradient,
  /** Scratch memory, per thread. */
  scratch,
  words,
}

/** One row per independent piece of the update phase: columns or rows of one stage's parameters. */
export enum Update {
  stage,
  /** Which eight output channels. */
  panel,
  /** Dense only: input features of the piece. */
  start,
  end,
  words,
}

/** Passes told apart by the profile. */
export enum Pass {
  forward,
  backward,
  update,
  count,
}

/** Images that go through all stages together; a multiple of the dense product's row block. */
export const CHUNK = 8;
/** A batch is cut into at most this many slices whose gradients are summed in order, whatever the number of threads. */
export const MAX_SLICES = 16;
/** Output channels per panel: two vectors of four. */
export const PANEL = 8;
/** Rows per step of the packed product. */
export const ROWS = 6;
/** Entries of gradient lists made at a time, so that lists stay in cache. */
export const BAND_ENTRIES = 4096;
/** Input patches copied side by side at a time; a multiple of ROWS and of a pool's four. */
export const DIRECT_POSITIONS = 48;
/** Winograd tiles transformed at a time: the transformed input stays in cache. */
export const WINOGRAD_TILES = 48;
/** Kernel rows per block of a patch panel. */
export const PATCH_ROWS = 3;
/** Input features per update task of a dense stage; a multiple of ROWS. */
export const UPDATE_ROWS = 96;
