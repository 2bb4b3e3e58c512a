/**
 * The tables in shared memory that TypeScript writes and the kernels read, as word indices (4 bytes each). This file is
 * compiled by both TypeScript and AssemblyScript.
 *
 * One alphabet for sizes, here and in every kernel:
 *
 *   N  images
 *   H  height, W  width, C  channels of a stage's input; a dense stage has C inputs and H = W = 1
 *   F  filters of a convolution, units of a dense stage
 *   kernelH × kernelW, the size of a convolution's kernel
 *   outH × outW, the size of a stage's output, after its pool if it has one
 *
 * The lower-case letter is the index (n < N, h < H, kh < kernelH), and outY < outH, outX < outW. Shapes read [N][H][W][C], with
 * the last index contiguous. Addresses and distances between addresses are in bytes, sizes and strides in elements.
 */

/** The control block: one per engine, polled by every thread. */
export enum Control {
  /** Incremented to start a batch; idle workers sleep on it. */
  sequence,
  /** The barrier between phases: threads that have arrived, and barriers passed so far. */
  arrived,
  generation,
  /** The next slice and the next update task to be taken. */
  nextSlice,
  nextUpdate,
  /** 1 asks the workers to return. */
  stop,
  /** 1 once a thread has trapped; from then on no thread waits for another. */
  failed,
  threads,
  /** Images in this batch. */
  N,
  /** 1 to train, 0 to evaluate only. */
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
  /** Bytes from one slice's gradients to the next. */
  sliceStride,
  /** Bytes from a parameter to its gradient, first moment and second moment. */
  toGradient,
  toMoment1,
  toMoment2,
  /** Adam's constants (see adam.ts), stored as float32; `rate` changes with every step. */
  rate,
  share1,
  share2,
  epsilon,
  /** Address of float64 milliseconds [threads][stages][Pass.count], or 0 when nothing is measured. */
  profile,
  words,
}

export enum StageKind {
  convolution,
  maxPooling,
  dense,
}

/** How the forward pass of a convolution is computed; one file per method. */
export enum Method {
  direct,
  winograd,
  oneChannel,
}

/** One row per stage: a convolution with its activation and pool, a pool on its own, or a dense layer. */
export enum Stage {
  kind,
  H,
  W,
  C,
  F,
  kernelH,
  kernelW,
  outH,
  outW,
  /** 1 if a ReLU follows, and 1 if a 2×2 pool follows it. */
  relu,
  pool,
  /** A convolution's Method. */
  method,
  /** Vectors per row of the kernel's patches (see patch-panel.ts): 1 or 3. */
  vectors,
  /** 1 if the loss gradient with respect to the input is needed: some earlier stage has parameters. */
  needsInputGradient,
  /** Activations: address, and 1 if each thread has its own copy for one chunk or 0 if every image has its own place. */
  input,
  inputIsLocal,
  output,
  outputIsLocal,
  /** Floats from one image to the next. */
  inputStride,
  outputStride,
  /** One byte per output: which input it came from (see pooling.ts); per thread. */
  codes,
  /** Loss gradient with respect to the output: of all images for dense stages, otherwise per thread. */
  outputGradient,
  /** Parameters. */
  kernel,
  bias,
  /** The kernel repacked for the forward product. */
  packedKernel,
  /** Gradients of the first slice. */
  sliceKernelGradient,
  sliceBiasGradient,
  /** Scratch memory; per thread. */
  scratch,
  words,
}

/** One row per task of the update phase: a piece of one stage's parameters. */
export enum Update {
  stage,
  /** Which eight filters or units. */
  panel,
  /** Dense stages only: the piece has the inputs start ≤ c < end. */
  start,
  end,
  words,
}

/** The passes that the profile measures separately. */
export enum Pass {
  forward,
  backward,
  update,
  count,
}

/** Images that go through all stages together; at most 8, the columns of `denseBackward`'s product. */
export const CHUNK = 8;
/** A batch is cut into at most this many slices, whose gradients are summed in order, for any number of threads. */
export const MAX_SLICES = 16;
/** Filters or units per panel: two vectors of four. */
export const PANEL = 8;
/** Rows per step of the packed product. */
export const ROWS = 6;
/** Output gradients listed at a time, so that the lists stay in cache. */
export const BAND_ENTRIES = 4096;
/** Input patches copied at a time; a multiple of ROWS and of the four patches of a pooled output. */
export const DIRECT_POSITIONS = 48;
/** Winograd tiles transformed at a time, so that the transformed input stays in cache. */
export const WINOGRAD_TILES = 48;
/** Kernel rows per block of a patch panel. */
export const PATCH_ROWS = 3;
/** Inputs per update task of a dense stage; a multiple of ROWS. */
export const UPDATE_ROWS = 96;
