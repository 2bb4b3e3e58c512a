/** A number of bytes for people, in decimal units: "75.3 MB". */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const unit = bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  return `${(bytes / 1000 ** unit).toPrecision(3)} ${["kB", "MB", "GB"][unit - 1]}`;
}
