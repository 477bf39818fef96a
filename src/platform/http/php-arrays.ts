import type { z } from "zod";

/**
 * Puts `{}` where PHP wrote `[]`: it knows one kind of array, and `json_encode` cannot tell an empty object from an
 * empty list. Only where the schema wants an object. True when there was such a place.
 */
export function forgiveEmptyArrays(body: { value: unknown }, issues: readonly z.core.$ZodIssue[]): boolean {
  const places = issues.filter(({ code }) => code === "invalid_type") as z.core.$ZodIssueInvalidType[];
  const wanted = places.filter(({ expected }) => expected === "object" || expected === "record");
  return wanted.map(({ path }) => replaceEmptyArray(body, ["value", ...path])).includes(true);
}

function replaceEmptyArray(body: unknown, path: PropertyKey[]): boolean {
  const name = path.at(-1) ?? "";
  let place = body as Record<PropertyKey, unknown>;
  for (const step of path.slice(0, -1)) place = place[step] as Record<PropertyKey, unknown>;
  const value = place[name];
  if (!Array.isArray(value) || value.length > 0) return false;
  place[name] = {};
  return true;
}
