import type { Hint } from "../../source-hints/index.ts";
import { ignoredOutput } from "./archive-hints.ts";
import type { HintFacts } from "./hint-facts.ts";
import { noComposerJson, noStableVersion, noType, severalComposerJson } from "./package-hints.ts";

/** Each looks at the facts and says what it remarks; add one at the end. The worst comes first. */
const FINDERS: readonly ((facts: HintFacts) => Hint[])[] = [
  noComposerJson,
  noStableVersion,
  noType,
  ignoredOutput,
  severalComposerJson,
];

/** What is no failure, and what its vendor wants to know before a customer finds it. */
export function findHints(facts: HintFacts): Hint[] {
  return FINDERS.flatMap((find) => find(facts)).map(storable);
}

/** PostgreSQL stores neither NUL nor half of a surrogate pair; both can come out of somebody's repository. */
function storable(hint: Hint): Hint {
  const clean = (text: string) => text.replaceAll("\0", "").toWellFormed();
  return {
    code: hint.code,
    message: clean(hint.message),
    what_to_do: clean(hint.what_to_do),
    example: hint.example === null ? null : clean(hint.example),
  };
}
