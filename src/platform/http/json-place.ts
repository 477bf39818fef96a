import { visit } from "jsonc-parser";

/** Thrown to end a visit: of a megabyte that is no JSON, the first fault is enough. */
class Fault extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super();
    this.offset = offset;
  }
}

/** Where a text stops being JSON, such as `line 3, column 12`; undefined where that cannot be told. */
export function placeOfFault(text: string): string | undefined {
  try {
    const onError = (_: unknown, offset: number) => {
      throw new Fault(offset);
    };
    visit(text, { onError }, { disallowComments: true });
  } catch (error) {
    // Too deeply nested for a parser that calls itself: it stays without a place.
    if (!(error instanceof Fault)) return undefined;
    const before = text.slice(0, error.offset).split("\n");
    return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  }
  return undefined;
}
