import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PixscaleError } from "../errors.ts";
import { makeWritableFolder } from "../files/write.ts";
import { checkTensorFlow } from "../training/backends/tensorflow/check.ts";
import {
  packageIn,
  setupFolder,
  TFJS_NODE,
  TFJS_NODE_VERSION,
} from "../training/backends/tensorflow/location.ts";
import { findLibrary, layOut } from "./library.ts";
import { findTools, SUBJECT, type Tools } from "./tools.ts";

const PACKAGE = `${TFJS_NODE}@${TFJS_NODE_VERSION}`;

export interface SetupOptions {
  /** A tensorflow-cpu wheel or its folder; without it pip downloads the wheel. */
  readonly source: string | undefined;
  /** Ends the setup early. */
  readonly signal: AbortSignal;
  /** Receives the progress. */
  tell(line: string): void;
}

/**
 * Makes tfjs-node work without its own download: installs the package in a folder beside `setupFolder()`, builds its addon
 * against TensorFlow's C library from a wheel, tests it by training, and only then renames the folder.
 *
 * @throws PixscaleError if a step fails; then nothing has changed
 */
export async function setUpTensorFlow({ source, signal, tell }: SetupOptions): Promise<void> {
  const target = setupFolder();
  const tools = await findTools(signal);
  if (source === undefined && existsSync(target)) {
    const result = await checkTensorFlow(packageIn(target), signal);
    if ("detail" in result) return tell(`${result.detail}; already set up in ${target}`);
    tell(`the earlier setup in ${target} does not work (${result.reason}): setting up again`);
  }
  const staging = `${target}.${process.pid}.tmp`;
  const work = join(staging, "wheel");
  makeWritableFolder(dirname(target));
  try {
    mkdirSync(work, { recursive: true });
    tell("1/4 finding TensorFlow's C library");
    const library = await findLibrary(source, work, tools);
    tell(`2/4 installing ${PACKAGE}`);
    await install(staging, tools);
    tell("3/4 building its addon");
    await build(library, packageIn(staging), tools);
    rmSync(work, { recursive: true });
    tell("4/4 training with it");
    const result = await checkTensorFlow(packageIn(staging), signal);
    if (!("detail" in result)) {
      throw new PixscaleError(SUBJECT, result.reason, "try again with another tensorflow-cpu wheel");
    }
    replace(target, staging);
    tell(`${result.detail}; set up in ${target}`);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function install(folder: string, { attempt }: Tools): Promise<void> {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  await attempt(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE],
    `npm cannot install ${PACKAGE}`,
    "check that npm can reach its registry",
    { folder },
  );
}

async function build(library: string, packageFolder: string, { attempt }: Tools): Promise<void> {
  layOut(library, packageFolder);
  // Node's own headers if they are installed; otherwise node-gyp downloads them.
  const home = dirname(dirname(process.execPath));
  const headers = existsSync(join(home, "include/node/node_api.h")) ? { npm_config_nodedir: home } : {};
  await attempt(
    "npm",
    ["run", "build-addon-from-source"],
    "the addon cannot be built",
    "check that g++ supports C++17, and that Node's headers are installed or can be downloaded",
    { folder: packageFolder, environment: { ...headers, npm_config_jobs: "max" } },
  );
  rmSync(join(packageFolder, "deps/include"));
}

/** Replaces an old folder with the new one. */
function replace(target: string, staging: string): void {
  const old = `${staging}.old`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(staging, target);
  rmSync(old, { recursive: true, force: true });
}
