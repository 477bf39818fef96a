import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";
import { useDeferredValue, useMemo } from "react";

const estimate = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
/** As the server does: what is strong so far does not become weaker. */
const ESTIMATED_CHARACTERS = 40;

/** In what the scores of the library mean; the server takes 3 and more, and knows names it does not take besides. */
const WORDS = [
  "Far too easy to guess.",
  "Far too easy to guess.",
  "Too easy to guess: common, or a pattern.",
  "Not easy to guess.",
  "Hard to guess.",
] as const;

/** What one would be told when it is sent, while one types. The password stays on this page. */
export default function PasswordStrength({ password }: { password: string }) {
  const typed = useDeferredValue(password);
  const { score } = useMemo(() => estimate.check(typed.slice(0, ESTIMATED_CHARACTERS)), [typed]);
  return (
    <span className="mt-1 block font-medium" role="status">
      {WORDS[score]}
    </span>
  );
}
