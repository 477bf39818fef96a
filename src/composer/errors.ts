/** The longest version or constraint that is looked at. Real ones stay far below; the bound keeps every pattern's worst case short. */
export const TEXT_LENGTH_MAX = 2_000;

/** A text that Composer would refuse as a version. The message is one line and safe to show. */
export class InvalidVersionError extends Error {
  override readonly name = "InvalidVersionError";
}

/** A text that Composer would refuse as a version constraint. The message is one line and safe to show. */
export class InvalidConstraintError extends Error {
  override readonly name = "InvalidConstraintError";
}

/** A composer.json that must not be published. The message is one line, names the field and is safe to show. */
export class ComposerJsonError extends Error {
  override readonly name = "ComposerJsonError";
}

/** What a composer.json has too much of for whoever reads it, though Composer would take it. */
export class OverBudgetError extends ComposerJsonError {
  readonly budget: "links" | "constraintParts";

  constructor(budget: OverBudgetError["budget"], message: string) {
    super(message);
    this.budget = budget;
  }
}

/** Shows somebody else's text inside a one-line message: quoted, control characters escaped, cut when long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
