/** A text for one line of a terminal: names from files may hold characters that move the cursor, set colours or end the line. */
export function printable(text: string): string {
  return text.replaceAll("\n", " ").replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, "�");
}
