import { describe, expect, it } from "vitest";
import { explain, type Facts, notInstalled } from "../../../../src/training/backends/tensorflow/diagnosis.ts";

/** Messages as Node, glibc, macOS and tfjs-node 4.22 wrote them. */
const NO_ADDON = new Error(
  "The Node.js native addon module (tfjs_binding.node) can not be found at path: " +
    "/home/me/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node. \n" +
    "Please run command 'npm rebuild @tensorflow/tfjs-node --build-addon-from-source' to rebuild the native addon module.",
);
const loaderError = (message: string) => Object.assign(new Error(message), { code: "ERR_DLOPEN_FAILED" });

const LINUX: Facts = { platform: "linux", arch: "x64", installScriptRan: true, library: true };
const MAC: Facts = { ...LINUX, platform: "darwin" };

describe("the diagnosis of tfjs-node:", () => {
  it.each<[string, unknown, Facts, RegExp, RegExp]>([
    [
      "install scripts not allowed",
      NO_ADDON,
      { ...LINUX, installScriptRan: false, library: false },
      /without its native part.*install script was not allowed/,
      /^run npm run setup:tensorflow.*, or allow it .*npm rebuild/,
    ],
    [
      "the same on macOS, where there is no setup script",
      NO_ADDON,
      { ...MAC, installScriptRan: false, library: false },
      /install script was not allowed/,
      /^allow it .*npm rebuild @tensorflow\/tfjs-node$/,
    ],
    [
      "download refused",
      NO_ADDON,
      { ...LINUX, library: false },
      /without its native part.*download from storage\.googleapis\.com failed/,
      /^run npm run setup:tensorflow.*npm rebuild/,
    ],
    [
      "addon not built",
      NO_ADDON,
      LINUX,
      /library is present, but the addon was not built/,
      /--build-addon-from-source/,
    ],
    [
      "no build for the platform",
      NO_ADDON,
      { ...LINUX, arch: "arm64", library: false },
      /without its native part.*no build for linux arm64/,
      /^run npm run setup:tensorflow/,
    ],
    [
      "no build for the platform, nor a setup script",
      NO_ADDON,
      { ...LINUX, platform: "win32", arch: "arm64", installScriptRan: false, library: false },
      /no build for win32 arm64/,
      /^use another machine$/,
    ],
    [
      "TensorFlow's library missing",
      loaderError("libtensorflow.so.2: cannot open shared object file: No such file or directory"),
      LINUX,
      /needs the shared library libtensorflow\.so\.2, which is missing/,
      /^run npm run setup:tensorflow/,
    ],
    [
      "a system library missing",
      loaderError("libstdc++.so.6: cannot open shared object file: No such file or directory"),
      LINUX,
      /needs the shared library libstdc\+\+\.so\.6, which is missing/,
      /^install the system's package that holds libstdc\+\+\.so\.6$/,
    ],
    [
      "a library missing on macOS",
      loaderError(
        "dlopen(/me/tfjs_binding.node, 0x0001): Library not loaded: @rpath/libtensorflow.2.dylib\n  Referenced from: /me",
      ),
      MAC,
      /needs the shared library libtensorflow\.2\.dylib, which is missing/,
      /^run npm rebuild @tensorflow\/tfjs-node$/,
    ],
    [
      "an older C++ library than the addon's",
      loaderError(
        "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /me/libtensorflow_cc.so.2)",
      ),
      LINUX,
      /cannot be loaded.*GLIBCXX_3\.4\.32/,
      /npm rebuild/,
    ],
    [
      "a package of it missing",
      Object.assign(new Error("Cannot find module '@mapbox/node-pre-gyp'\nRequire stack:\n- /me"), {
        code: "MODULE_NOT_FOUND",
      }),
      LINUX,
      /is incomplete \(Cannot find module '@mapbox\/node-pre-gyp'\)/,
      /npm install @tensorflow\/tfjs-node$/,
    ],
    [
      "anything else",
      new TypeError("x is not a function\nat y"),
      LINUX,
      /cannot be loaded \(x is not a function\)/,
      /npm/,
    ],
  ])("%s", (_, error, facts, reason, remedy) => {
    const found = explain(error, facts);
    expect(found.reason).toMatch(reason);
    expect(found.remedy).toMatch(remedy);
    // One line, and "; " parts an error's problem from its remedy.
    expect(`${found.reason}${found.remedy}`).not.toMatch(/[\n;]/);
  });

  it("not installed", () => {
    expect(notInstalled("linux").reason).toMatch(/is not installed/);
    expect(notInstalled("linux").remedy).toMatch(/^run npm run setup:tensorflow.*, or run npm install/);
    expect(notInstalled("darwin").remedy).toMatch(/^run npm install/);
  });
});
