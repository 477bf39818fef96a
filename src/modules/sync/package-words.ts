/** What the metadata of a version says of its package. */
interface Described {
  description?: string;
  type?: string;
  keywords?: readonly (string | number)[];
  abandoned?: true | string;
}

export interface PackageWords {
  description: string | null;
  type: string | null;
  /** The package to use instead, or "true". */
  abandoned: string | null;
}

/** Of the version that speaks for the package; none of undefined. */
export function wordsOf(metadata: string | undefined): PackageWords {
  const { description, type } = read(metadata);
  return { description: storable(description), type: storable(type), abandoned: abandonedIn(metadata) };
}

export function abandonedIn(metadata: string | undefined): string | null {
  const { abandoned } = read(metadata);
  return abandoned === true ? "true" : storable(abandoned);
}

/** All packages' words are held in memory: of one that says more than anybody looks for, the beginning. */
const VERSION_WORDS_MAX = 2_000;
const PACKAGE_WORDS_MAX = 50_000;

/** What `composer search` looks in besides the name, as Composer's own puts it together. */
export function searchWordsOf(metadata: string): string {
  const { keywords = [], description = "" } = read(metadata);
  const words = storable([...keywords, description].join(" ")) ?? "";
  return words.slice(0, VERSION_WORDS_MAX).toWellFormed();
}

/** The words of all its versions, a line each. */
export function joinSearchWords(words: readonly string[]): string {
  return words.join("\n").slice(0, PACKAGE_WORDS_MAX).toWellFormed();
}

function read(metadata: string | undefined): Described {
  return JSON.parse(metadata ?? "{}") as Described;
}

/** PostgreSQL stores no NUL. */
function storable(text: string | undefined): string | null {
  return text?.replaceAll("\0", "") ?? null;
}
