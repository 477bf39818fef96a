/**
 * The fields that only describe a package. A malformed one is dropped, as Composer's ValidatingArrayLoader drops it
 * with a warning: nobody's release should be held up by a keyword. What stays is kept as the author wrote it.
 */
import {
  isIntegerKey,
  isJsonObject,
  isRawNumber,
  membersOf,
  type JsonObject,
  type JsonValue,
  type RawNumber,
} from "./json-value.ts";

const HTTP_URL = /^https?:\/\/(?:[^/?#]*@)?(?:\[[^\]/?#]+\]|[^/?#:@[\]]+)(?::\d{0,5})?(?:[/?#]|$)/;
const IRC_URL = /^ircs?:\/\/[^/?#:@]+/;
const URL_KEYS = new Set(["issues", "forum", "wiki", "source", "docs", "chat", "security"]);
/** Composer prints a deprecation notice when a package names a script like one of its own commands. */
const RESERVED_SCRIPTS = new Set(["composer", "php", "putenv"]);

/** A text such as `description`: any string that is not empty. */
export function readText(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `homepage`: an http(s) URL. Others (`javascript:` among them) would end up as links in somebody's page. */
export function readHomepage(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && HTTP_URL.test(value) ? value : undefined;
}

/** `keywords`: the words made of letters, digits, spaces, dots, underscores and hyphens. */
export function readKeywords(value: JsonValue | undefined): readonly (string | number | RawNumber)[] | undefined {
  const words = membersOf(value)?.flatMap((word) =>
    typeof word === "string" || typeof word === "number" || isRawNumber(word) ? [word] : [],
  );
  return nonEmpty(
    words?.filter((word) => /^[\p{N}\p{L} ._-]+$/u.test(isRawNumber(word) ? word.rawJSON : String(word))),
  );
}

/** `license`: one identifier or several. Unknown identifiers stay, because Composer only warns about them. */
export function readLicense(value: JsonValue | undefined): string | readonly string[] | undefined {
  if (typeof value === "string") return readText(value);
  return nonEmpty(membersOf(value)?.flatMap((license) => readText(license) ?? []));
}

/** `authors`: each an object whose known members are strings. */
export function readAuthors(value: JsonValue | undefined): readonly JsonObject[] | undefined {
  return readObjects(value, (key, member) => {
    if (key === "homepage") return readHomepage(member) !== undefined;
    return !["email", "name", "role"].includes(key) || typeof member === "string";
  });
}

/** `funding`: each an object with a `type` and an http(s) `url`. */
export function readFunding(value: JsonValue | undefined): readonly JsonObject[] | undefined {
  return readObjects(value, (key, member) => {
    if (key === "url") return readHomepage(member) !== undefined;
    return key !== "type" || typeof member === "string";
  });
}

/** `support`: strings only; Composer up to 2.5 crashes on anything but an object here. */
export function readSupport(value: JsonValue | undefined): Readonly<Record<string, string>> | undefined {
  return readStrings(value, (key, text) => {
    if (URL_KEYS.has(key)) return HTTP_URL.test(text);
    return key !== "irc" || IRC_URL.test(text);
  });
}

/** `suggest`: package names and reasons; Composer is typed strictly for both, so integer keys go as well. */
export function readSuggest(value: JsonValue | undefined): Readonly<Record<string, string>> | undefined {
  return readStrings(value, (key) => !isIntegerKey(key));
}

/** `scripts`: an object. Composer runs those of the root package only, but carries them along. */
export function readScripts(value: JsonValue | undefined): JsonObject | undefined {
  return nonEmptyObject(filterObject(value, (key) => !RESERVED_SCRIPTS.has(key)));
}

/** `archive`: the name and the excluded paths, each of the type that Composer's setters insist on. */
export function readArchive(value: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).flatMap(([key, member]): [string, JsonValue][] => {
    if (key === "name" && readText(member) === undefined) return [];
    if (key !== "exclude") return [[key, member]];
    const paths = nonEmpty(membersOf(member)?.flatMap((path) => readText(path) ?? []));
    return paths === undefined ? [] : [[key, paths]];
  });
  return nonEmptyObject(Object.fromEntries(entries));
}

/**
 * `abandoned`: true, or the name of the package to use instead. Composer's loader takes whatever PHP takes for true, and
 * any text for a name; `"0"` is false in PHP, `"false"` is a name.
 */
export function readAbandoned(value: JsonValue | undefined): true | string | undefined {
  if (typeof value === "string") return value === "0" ? undefined : readText(value);
  if (value === null || value === undefined || value === false || value === 0) return undefined;
  const isEmpty = typeof value === "object" && Object.keys(value).length === 0;
  return isEmpty ? undefined : true;
}

/** An object that Composer passes on without looking inside (`autoload-dev`, `php-ext`). */
export function readOpaqueObject(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? nonEmptyObject(value) : undefined;
}

type Keep = (key: string, member: JsonValue) => boolean;

function filterObject(value: JsonValue | undefined, keep: Keep): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([key, member]) => keep(key, member)));
}

function readStrings(
  value: JsonValue | undefined,
  keep: (key: string, text: string) => boolean,
): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const kept = Object.entries(value).flatMap(([key, text]): [string, string][] =>
    typeof text === "string" && keep(key, text) ? [[key, text]] : [],
  );
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function readObjects(value: JsonValue | undefined, keep: Keep): readonly JsonObject[] | undefined {
  const objects = membersOf(value)?.flatMap((member): JsonObject[] => {
    const kept = nonEmptyObject(filterObject(member, keep));
    return kept === undefined ? [] : [kept];
  });
  return nonEmpty(objects);
}

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function nonEmptyObject(object: JsonObject | undefined): JsonObject | undefined {
  return object === undefined || Object.keys(object).length === 0 ? undefined : object;
}
