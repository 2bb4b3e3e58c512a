import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";

/** The operations that change files. Tests replace them to fail at each in turn. */
export interface FileLayer {
  /** Makes a new file, with its content on the disk. Fails if the name is taken, also by a link. */
  create(path: string, content: string | Uint8Array, mode: number | undefined): void;
  rename(from: string, to: string): void;
  /** Makes renames in a folder last through a power failure. */
  syncFolder(folder: string): void;
  /** Removes a file, if it is there. */
  remove(path: string): void;
}

export const FILES: FileLayer = {
  create(path, content, mode) {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
    try {
      // The umask has no say in the mode of a file that is replaced.
      if (mode !== undefined) chmodSync(path, mode);
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  rename: renameSync,
  syncFolder(folder) {
    // Windows has no folders to open; its renames need nothing more.
    if (process.platform === "win32") return;
    const opened = openSync(folder, constants.O_RDONLY);
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  },
  remove: (path) => rmSync(path, { force: true }),
};
