import { isPlatformPackage } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";

/** The names in `require` that can be hosted anywhere; lower-cased. */
export function requiredNames(metadata: string): string[] {
  return namesOf(metadata, ["require"]);
}

/** The same of other links. */
export function namesOf(metadata: string, links: readonly string[]): string[] {
  const composerJson = JSON.parse(metadata) as JsonObject;
  const names = links.flatMap((link) => {
    const named = composerJson[link];
    return typeof named !== "object" || named === null || Array.isArray(named) ? [] : Object.keys(named);
  });
  return names.map((name) => name.toLowerCase()).filter((name) => !isPlatformPackage(name));
}
