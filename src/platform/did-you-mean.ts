import { distance } from "fastest-levenshtein";

/** Longer names are nobody's typing mistake. */
const LENGTH_MAX = 60;

/** The known name that was probably meant, whatever its case and its separators; undefined when none is near. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const plain = snakeCase(name);
  const near = known
    .map((candidate) => ({ candidate, far: distance(plain, snakeCase(candidate)) }))
    .filter(({ candidate, far }) => far <= mistakesIn(candidate))
    .sort((a, b) => a.far - b.far);
  return near[0]?.candidate;
}

/** In a short name, one or two wrong letters make another word. */
function mistakesIn({ length }: string): number {
  if (length <= 2) return 0;
  if (length <= 4) return 1;
  return length <= 8 ? 2 : 3;
}

function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[-.\s]+/g, "_")
    .toLowerCase();
}
