/** The paths `composer` uses; everything below them is ours and never the dashboard's. */
export type ComposerRoute =
  | { kind: "root" | "list" | "search" | "notify" }
  | { kind: "p2"; name: string; isDev: boolean }
  | { kind: "dist"; name: string; reference: string }
  | { kind: "unknown" };

const RESERVED = /^\/(?:packages\.json|list\.json|search\.json|notify|security-advisories|p2|dist)(?:\/|$)/;
const NAME = "[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?/[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?";
const P2 = new RegExp(`^/p2/(${NAME})(~dev)?\\.json$`, "i");
const DIST = new RegExp(`^/dist/(${NAME})/([0-9a-f]{40})\\.zip$`, "i");
const PATH_LENGTH_MAX = 500;

/** Where repositories of Composer 1 and mirrors had their metadata: answered in JSON, as a repository does. */
const ELSEWHERE = /^\/(?:(?:p|metadata)(?:\/|$)|packages\/.*\.json$)/;

/** Undefined for paths that are not of the Composer repository. */
export function matchRoute(given: string): ComposerRoute | undefined {
  const path = given.includes("%") ? given.replaceAll(/%7e/gi, "~").replaceAll(/%2f/gi, "/") : given;
  if (ELSEWHERE.test(path)) return { kind: "unknown" };
  if (!RESERVED.test(path)) return undefined;
  switch (path) {
    case "/packages.json":
      return { kind: "root" };
    case "/list.json":
      return { kind: "list" };
    case "/search.json":
      return { kind: "search" };
    case "/notify":
      return { kind: "notify" };
  }
  if (path.length > PATH_LENGTH_MAX) return { kind: "unknown" };
  const p2 = P2.exec(path);
  if (p2?.[1] !== undefined) return { kind: "p2", name: p2[1].toLowerCase(), isDev: p2[2] !== undefined };
  const dist = DIST.exec(path);
  if (dist?.[1] !== undefined && dist[2] !== undefined) {
    return { kind: "dist", name: dist[1].toLowerCase(), reference: dist[2].toLowerCase() };
  }
  return { kind: "unknown" };
}
