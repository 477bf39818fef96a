/** The API writes a whole vendor as `acme/`; people read `acme/*` more easily. */
export function showPattern(pattern: string): string {
  return pattern.endsWith("/") ? `${pattern}*` : pattern;
}

/** Whether filters take a package, as the server has it: `acme/`, `acme/*` and `acme/x-*` are prefixes. */
export function filtersTake(filters: readonly string[], name: string): boolean {
  if (filters.length === 0) return true;
  return filters.some((filter) => {
    const pattern = filter.trim().toLowerCase();
    if (pattern.endsWith("*")) return name.startsWith(pattern.slice(0, -1));
    return pattern.endsWith("/") ? name.startsWith(pattern) : name === pattern;
  });
}

/** `refs/tags/v1` is the tag v1; what else there is keeps its whole name. */
export function readRef(ref: string): { kind: "tag" | "branch" | "ref"; name: string } {
  if (ref.startsWith("refs/tags/")) return { kind: "tag", name: ref.slice("refs/tags/".length) };
  if (ref.startsWith("refs/heads/")) return { kind: "branch", name: ref.slice("refs/heads/".length) };
  return { kind: "ref", name: ref };
}

/** Read with the server's own key, without a user name and a password. */
export function isSsh(url: string): boolean {
  return /^\s*(?:ssh:\/\/|[\w.-]+@[\w.-]+:)/.test(url);
}
