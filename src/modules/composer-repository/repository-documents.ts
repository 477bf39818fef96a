import { LRUCache } from "lru-cache";
import type { JsonObject } from "../../composer/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import type { Credential } from "./credentials.ts";
import { graceLine } from "./grace-line.ts";
import { helpOf } from "./help.ts";
import { oldComposerMessage, withHelp } from "./messages.ts";
import { toView } from "./view.ts";
import type { View } from "./view.ts";
import { visiblePackages } from "./visible-packages.ts";

const ROOTS_BYTES_MAX = 64 * 1024 * 1024;
/** A search is a question by a person; whoever wants all names has the list. */
const SEARCH_LENGTH_MAX = 200;
const SEARCH_RESULTS_MAX = 100;

/** `/packages.json` per token; tokens that see the same names share one. */
export interface RootDocuments {
  cached(state: CatalogueState, credential: Credential, now: number): View | undefined;
  build(state: CatalogueState, credential: Credential, now: number): Promise<View>;
}

export function createRootDocuments(publicUrl: string, host: string): RootDocuments {
  const roots = new LRUCache<string, View>({
    maxSize: ROOTS_BYTES_MAX,
    sizeCalculation: (view, key) => view.gzipped.length + key.length + 300,
  });
  // Lapsed names stay listed, so the document depends on no clock but for grants that have not started.
  const keyOf = (state: CatalogueState, credential: Credential, line: string | undefined) =>
    `${state.namesNumber} ${credential.namesKey} ${lineWithHelp(state, credential, line) ?? ""}`;
  return {
    cached: (state, credential, now) => roots.get(keyOf(state, credential, graceLine(state, credential, now))),
    async build(state, credential, now) {
      const line = graceLine(state, credential, now);
      const document = rootDocument(publicUrl, state, credential, now);
      // Composer 2 keeps silent on what is for versions below; Composer 1 reads no other line than this one.
      const told = lineWithHelp(state, credential, line) ?? oldComposerMessage(host);
      const versions = line === undefined ? { "warning-versions": "<1.99" } : {};
      const view = await toView(
        { ...document, warning: told, ...versions },
        {
          isReadEachTime: line !== undefined,
        },
      );
      if (credential.grants.every((grant) => grant.startsAt === null || grant.startsAt <= now)) {
        roots.set(keyOf(state, credential, line), view);
      }
      return view;
    },
  };
}

function lineWithHelp(state: CatalogueState, credential: Credential, line: string | undefined): string | undefined {
  return line === undefined ? undefined : withHelp(line, helpOf(state, credential).renew);
}

/**
 * `available-packages` holds lapsed names too, and `available-package-patterns` the vendors they belong to: no name of
 * a vendor this customer deals with is ever looked for in a public repository. An empty list would be taken for
 * "ask for everything" (protocol §1), so a token without any package gets a repository without metadata.
 */
function rootDocument(publicUrl: string, state: CatalogueState, credential: Credential, now: number): JsonObject {
  const names = visiblePackages(state, credential, now).map(({ hosted }) => hosted.name);
  if (names.length === 0) return { packages: [] };
  const vendors = [...new Set(names.map((name) => name.slice(0, name.indexOf("/"))))];
  return {
    packages: [],
    "metadata-url": "/p2/%package%.json",
    "available-packages": names,
    "available-package-patterns": vendors.map((vendor) => `${vendor}/*`),
    "notify-batch": `${publicUrl}/notify`,
    list: "/list.json",
    search: "/search.json?q=%query%&type=%type%",
  };
}

/** `/list.json[?filter=acme/*]`: the names this token deals with. */
export function listDocument(
  state: CatalogueState,
  credential: Credential,
  now: number,
  filter: string | null,
): JsonObject {
  const matches = filter === null || filter === "" ? () => true : globMatcher(filter);
  const names = visiblePackages(state, credential, now).map(({ hosted }) => hosted.name);
  return { packageNames: names.filter(matches) };
}

/** Composer's own rule for such filters: `*` stands for anything, whole name, no case. */
function globMatcher(filter: string): (name: string) => boolean {
  const [first = "", ...rest] = filter.toLowerCase().split("*");
  if (rest.length === 0) return (name) => name === first;
  const middle = rest.slice(0, -1);
  const last = rest.at(-1) ?? "";
  return (name) => {
    if (!name.startsWith(first)) return false;
    let position = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, position);
      if (found === -1) return false;
      position = found + part.length;
    }
    return name.length - last.length >= position && name.endsWith(last);
  };
}

/**
 * `/search.json`: what this token may install whose name, keywords or description, those of any of its versions, hold
 * one of the words: what Composer's own search of a repository without `search` finds.
 */
export function searchDocument(
  state: CatalogueState,
  credential: Credential,
  now: number,
  query: { words: string; type: string | null },
): JsonObject {
  const words = query.words
    .slice(0, SEARCH_LENGTH_MAX)
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = visiblePackages(state, credential, now)
    .filter(({ hosted, isOpen }) => {
      if (!isOpen || hosted.is_offered === 0) return false;
      if (query.type !== null && query.type !== "" && (hosted.type ?? "library") !== query.type) return false;
      return (
        words.length === 0 || words.some((word) => hosted.name.includes(word) || hosted.searchWords.includes(word))
      );
    })
    .map(({ hosted }) => ({
      name: hosted.name,
      description: hosted.description ?? "",
      ...(hosted.abandoned === undefined || hosted.abandoned === false ? {} : { abandoned: hosted.abandoned }),
    }));
  return { results: found.slice(0, SEARCH_RESULTS_MAX), total: found.length };
}
