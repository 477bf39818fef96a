const WORDS_MAX = 30;
const WORD_LENGTH_MAX = 60;

/** Keys of metadata under which shops send how their customer is called; `billing_first_name`, `customerName`, … */
const NAME_KEY =
  /^(?:customer|buyer|client|contact|user|account|licensee|owner|recipient|billing|shipping)?(?:full|first|middle|last|display|given|family)?(?:name|surname|company|companyname|organi[sz]ation)$/i;

/** Letters that are more than another letter with an accent. */
const LETTERS: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

/** As somebody types it who has no such keyboard: `zoë` is `zoe`, in any case. */
export function folded(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.replaceAll(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter);
}

/** The words of a text, each once. */
export function wordsOf(text: string): string[] {
  return unique(folded(text).split(/[^\p{L}\p{N}]+/u));
}

/**
 * The words by which a sale is found: of the buyer's name, and an address with letters beyond ASCII as somebody types
 * it who lacks them. Of other addresses the address itself is the index.
 */
export function wordsOfMetadata(metadata: Readonly<Record<string, unknown>>): string[] {
  const words = Object.entries(metadata).flatMap(([key, value]) => {
    if (typeof value !== "string") return [];
    if (key === "customer_email") return /^[ -~]*$/.test(value) ? [] : [folded(value.trim())];
    return NAME_KEY.test(key.replaceAll(/[^A-Za-z]/g, "")) ? wordsOf(value) : [];
  });
  return unique(words);
}

function unique(words: readonly string[]): string[] {
  const short = words.filter((word) => word !== "").map((word) => Array.from(word).slice(0, WORD_LENGTH_MAX).join(""));
  return [...new Set(short)].slice(0, WORDS_MAX);
}
