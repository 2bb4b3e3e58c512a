import { UsageError } from "../../errors.ts";

/** How a kind of step that takes no value is read and written. */
export function plainText<Kind extends string>(kind: Kind) {
  return {
    kind,
    syntax: kind,
    parse(value: string | undefined, subject: string): { readonly kind: Kind } {
      if (value === undefined) return { kind };
      throw new UsageError(subject, `"${kind}" takes no value (got "${value}")`, `write "${kind}"`);
    },
    format: () => kind,
  };
}
