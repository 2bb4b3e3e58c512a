import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFile } from "../../../built.ts";
import { oneLine } from "../../../errors.ts";
import { TFJS_NODE } from "./location.ts";

/** Why TensorFlow cannot be used here, and how to fix it. */
export interface Trouble {
  readonly reason: string;
  readonly remedy: string;
}

/** What decides the diagnosis besides the error. */
export interface Facts {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The package's `deps` folder, which its install script makes before it downloads anything. */
  readonly installScriptRan: boolean;
  /** TensorFlow's C library is in it. */
  readonly library: boolean;
}

/** Platforms for which tfjs-node's install script finds TensorFlow's library and the addon. */
const BUILDS = ["linux-x64", "darwin-x64", "darwin-arm64", "win32-x64"];
const DOWNLOADS = "storage.googleapis.com";

/** The diagnosis if no package was found. */
export function notInstalled(platform: NodeJS.Platform = process.platform): Trouble {
  return {
    reason: `${TFJS_NODE} is not installed (it is large, so npm does not install it by itself)`,
    remedy: orSetup(platform, `run npm install ${TFJS_NODE} where ${DOWNLOADS} can be reached`),
  };
}

/** Explains an error of loading the package. */
export function explain(error: unknown, { platform, arch, installScriptRan, library }: Facts): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const firstLine = oneLine(message.split("\n")[0]);
  if (code === "ERR_DLOPEN_FAILED") return explainLoader(firstLine, platform);
  if (code === "MODULE_NOT_FOUND") {
    const reason = `${TFJS_NODE} is incomplete (${firstLine})`;
    return { reason, remedy: orSetup(platform, `remove it and run npm install ${TFJS_NODE}`) };
  }
  if (!message.includes("native addon module")) {
    return {
      reason: `${TFJS_NODE} cannot be loaded (${firstLine})`,
      remedy: orSetup(platform, `run npm rebuild ${TFJS_NODE}`),
    };
  }
  const bare = `${TFJS_NODE} is installed without its native part`;
  if (!BUILDS.includes(`${platform}-${arch}`)) {
    const reason = `${bare}, which has no build for ${platform} ${arch}`;
    return { reason, remedy: orSetup(platform, "use another machine") };
  }
  if (!installScriptRan) {
    const reason = `${bare}: its install script was not allowed to run`;
    const remedy = `allow it (npm install-scripts approve ${TFJS_NODE}, or no ignore-scripts) and run npm rebuild ${TFJS_NODE}`;
    return { reason, remedy: orSetup(platform, remedy) };
  }
  if (!library) {
    const reason = `${bare}: its download from ${DOWNLOADS} failed`;
    return { reason, remedy: orSetup(platform, `run npm rebuild ${TFJS_NODE} where that can be reached`) };
  }
  const reason = `${bare}: TensorFlow's library is present, but the addon was not built`;
  return { reason, remedy: orSetup(platform, `run npm rebuild ${TFJS_NODE} --build-addon-from-source`) };
}

/** Looks at the package's folder. */
export function factsOf(folder: string): Facts {
  const deps = join(folder, "deps");
  const libraries = join(deps, "lib");
  return {
    platform: process.platform,
    arch: process.arch,
    installScriptRan: existsSync(deps),
    library: existsSync(libraries) && readdirSync(libraries).some((name) => name.includes("tensorflow")),
  };
}

/** Reads the message of the system's loader: glibc, macOS and Windows each have their own. */
function explainLoader(message: string, platform: NodeJS.Platform): Trouble {
  const missing =
    /(\S+): cannot open shared object file/.exec(message)?.[1] ??
    /Library not loaded: (\S+)/.exec(message)?.[1].split("/").pop();
  if (missing === undefined) {
    const reason = `the native part of ${TFJS_NODE} cannot be loaded (${message})`;
    return { reason, remedy: orSetup(platform, `run npm rebuild ${TFJS_NODE} --build-addon-from-source`) };
  }
  const reason = `the native part of ${TFJS_NODE} needs the shared library ${missing}, which is missing`;
  const remedy = missing.includes("tensorflow")
    ? orSetup(platform, `run npm rebuild ${TFJS_NODE}`)
    : `install the system's package that holds ${missing}`;
  return { reason, remedy };
}

/** The setup script only supports Linux. */
function orSetup(platform: NodeJS.Platform, otherwise: string): string {
  return platform === "linux" ? `${setupCommand()}, or ${otherwise}` : otherwise;
}

/** The command that starts the setup script from the current folder. */
function setupCommand(): string {
  const root = dirname(fileURLToPath(packageFile("package.json")));
  const prefix = relative(root, process.cwd()) === "" ? "" : ` --prefix ${root}`;
  return `run npm run setup:tensorflow${prefix}`;
}
