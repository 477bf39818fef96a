import { useEffect, useState } from "react";
import { withoutSecret } from "../api/quoted-secret.ts";

const TYPING_MS = 200;

/** What to search for, a moment after the last key, and of which text it is. Of a secret only its hash. */
export function useWords(text: string): { words: string; of: string } {
  const [words, setWords] = useState({ words: "", of: "" });
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => {
      void withoutSecret(text).then((given) => {
        if (!isOver) setWords({ words: given, of: text });
      });
    }, TYPING_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text]);
  return words;
}
