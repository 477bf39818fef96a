import type { ZxcvbnFactory } from "@zxcvbn-ts/core";

/** What a password must not be made of. */
export interface PasswordOwner {
  email: string;
  name?: string | undefined;
  /** Of the settings. */
  vendorName?: string | null | undefined;
}

/** Log-ins are throttled and hashes slow: what takes fewer guesses than this is found all the same. */
const GUESSES_LOG10_MIN = 8;
/** The estimate takes longer the longer the text; what is strong so far does not become weaker. */
const ESTIMATED_CHARACTERS = 40;
const OWN_WORD_LENGTH_MIN = 3;
/** Letters and digits beside words of one's own that make a password of it. */
const OWN_CHARACTERS_MIN = 6;
const PRODUCT_WORDS = ["package", "packages", "broker", "packagebroker"];
/** As people replace letters. */
const REPLACED: Readonly<Record<string, string>> = {
  "@": "a",
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  $: "s",
};

const REMEDY =
  "; take a few words in a row that have nothing to do with each other, or let a password manager make one";
const LISTED = "is close to passwords that everybody tries first";
const OWN = "is made of your own name or address, or of the name of this server";

const REASONS: Readonly<Record<string, string>> = {
  straightRow: "is a row of keys of the keyboard",
  keyPattern: "is a pattern of keys of the keyboard",
  simpleRepeat: "repeats one character",
  extendedRepeat: "repeats itself",
  sequences: "is a sequence such as abc or 6543",
  recentYears: "is mostly a year",
  dates: "is mostly a date",
  userInputs: OWN,
};

/**
 * Why a password would be guessed, and what to do, in words; undefined when it would not. Nothing leaves this machine:
 * the list of common passwords comes with the library.
 */
export async function guessableProblem(password: string, owner: PasswordOwner): Promise<string | undefined> {
  const words = wordsOf(owner);
  if (isMadeOf(password, words)) return OWN + REMEDY;
  const estimate = await getEstimate();
  const { guessesLog10, feedback } = estimate.check(password.slice(0, ESTIMATED_CHARACTERS), words);
  if (guessesLog10 >= GUESSES_LOG10_MIN) return undefined;
  return (REASONS[feedback.warning ?? ""] ?? LISTED) + REMEDY;
}

let loaded: Promise<ZxcvbnFactory> | undefined;

/** Read when the first password is chosen: most servers run for months without one, and the list takes 8 MB. */
async function getEstimate(): Promise<ZxcvbnFactory> {
  return await (loaded ??= load());
}

async function load(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}

function wordsOf({ email, name = "", vendorName }: PasswordOwner): string[] {
  const texts = [email.split("@"), name, vendorName ?? ""].flat().map((text) => text.toLowerCase());
  const words = texts.flatMap((text) => [...text.split(/[^\p{L}\p{N}]+/u), text.replaceAll(/[^\p{L}\p{N}]/gu, "")]);
  const known = [...words, ...PRODUCT_WORDS].filter((word) => word.length >= OWN_WORD_LENGTH_MIN);
  return [...new Set(known)].sort((a, b) => b.length - a.length);
}

/** Whether hardly anything is left of it without these words. */
function isMadeOf(password: string, words: readonly string[]): boolean {
  const plain = password.toLowerCase();
  const read = Array.from(plain, (character) => REPLACED[character] ?? character).join("");
  return [plain, read].some((text) => {
    const joined = text.replaceAll(/[^\p{L}\p{N}]/gu, "");
    const rest = words.reduce((left, word) => left.replaceAll(word, ""), joined);
    return rest.length < joined.length && rest.length < OWN_CHARACTERS_MIN;
  });
}
