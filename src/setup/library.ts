import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PixscaleError } from "../errors.ts";
import type { Tools } from "./tools.ts";

/** Built against this wheel, tfjs-node agrees with the recorded references. */
const WHEEL = "tensorflow-cpu==2.21.0";
/** The C library is the same for every Python. A fixed version finds the wheel even if the installed Python is newer. */
const WHEEL_PYTHON = "3.11";

const LIBRARY = "libtensorflow_cc.so.2";
const FRAMEWORK = "libtensorflow_framework.so.2";

const EXTRACT = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = ("tensorflow/include/", "tensorflow/${LIBRARY}", "tensorflow/${FRAMEWORK}")
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])
`;

/**
 * Finds the folder of TensorFlow's library and headers.
 *
 * @param source a wheel, or a folder in which one was unpacked or installed; without it pip downloads one
 * @param work folder for the download and the unpacked wheel
 * @throws PixscaleError naming the missing part
 */
export async function findLibrary(source: string | undefined, work: string, tools: Tools): Promise<string> {
  if (source === undefined) return unpack(await download(work, tools), work, tools);
  if (!existsSync(source)) {
    throw new PixscaleError(source, "no such file or folder", "choose a tensorflow-cpu wheel or its folder");
  }
  return statSync(source).isDirectory() ? requireLibrary(source) : unpack(source, work, tools);
}

/** Puts library and headers where the addon's build and its rpath look for them: in `deps` of the package's folder. */
export function layOut(library: string, packageFolder: string): void {
  const deps = join(packageFolder, "deps");
  const lib = join(deps, "lib");
  mkdirSync(lib, { recursive: true });
  symlinkSync(join(library, "include"), join(deps, "include"));
  for (const name of [LIBRARY, FRAMEWORK]) linkOrCopy(join(library, name), join(lib, name));
  // The linker looks for these names, but records the libraries' own names in the addon.
  symlinkSync(LIBRARY, join(lib, "libtensorflow.so"));
  symlinkSync(FRAMEWORK, join(lib, "libtensorflow_framework.so"));
}

async function download(work: string, { python, attempt }: Tools): Promise<string> {
  const options = [
    "--no-deps",
    "--only-binary=:all:",
    "--python-version",
    WHEEL_PYTHON,
    "--progress-bar",
    "off",
  ];
  // Without these, an unreachable index delays the error for minutes.
  const patience = ["--retries", "1", "--timeout", "15"];
  await attempt(
    python,
    ["-m", "pip", "download", WHEEL, ...options, ...patience, "--dest", work],
    `pip cannot download ${WHEEL}`,
    "choose a wheel or its folder: npm run setup:tensorflow -- FILE.whl",
  );
  const wheel = readdirSync(work).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip left no wheel in ${work}`);
  return join(work, wheel);
}

async function unpack(wheel: string, work: string, { python, attempt }: Tools): Promise<string> {
  await attempt(
    python,
    ["-c", EXTRACT, wheel, work],
    `"${wheel}" cannot be unpacked`,
    "choose a tensorflow-cpu wheel for Linux",
  );
  return requireLibrary(join(work, "tensorflow"), wheel);
}

/** Returns the folder itself, or the package in it. */
function requireLibrary(folder: string, subject = folder): string {
  const found = [folder, join(folder, "tensorflow")].find((place) =>
    [LIBRARY, FRAMEWORK, "include/tensorflow/c/c_api.h"].every((name) => existsSync(join(place, name))),
  );
  if (found !== undefined) return found;
  const problem = `must contain ${LIBRARY}, ${FRAMEWORK} and include/tensorflow/c/c_api.h`;
  throw new PixscaleError(subject, problem, "choose a tensorflow-cpu wheel for Linux, or its folder");
}

/** The library is nearly a gigabyte; a hard link to it costs nothing on the same disk. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
