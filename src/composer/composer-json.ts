import * as descriptive from "./composer-json-descriptive-fields.ts";
import * as install from "./composer-json-install-fields.ts";
import { readLinks, refuseTooManyLinks, LINK_FIELDS, type LinkBudgets, type Links } from "./composer-json-links.ts";
import { ComposerJsonError, InvalidVersionError } from "./errors.ts";
import { isJsonObject, isRawNumber, type JsonObject, type JsonValue, type RawNumber } from "./json-value.ts";
import { parseJson } from "./parse-json.ts";
import { parsePackageName } from "./package-name.ts";
import { normalizeVersion } from "./version.ts";

/**
 * What a composer.json says that belongs into Composer metadata: the values as their author wrote them, fields that
 * mean nothing to a client (`repositories`, `config`, `source`, `dist`, `time` …) left out, empty ones too. (PHP
 * writes an empty object as `[]`, and to Composer an empty field is an absent one.)
 */
export interface ComposerJson {
  /** Lower-cased. */
  readonly name: string;
  /** As written, and known to be a version. Most packages leave it to the tag. */
  readonly version?: string;
  readonly description?: string;
  readonly type?: string;
  readonly keywords?: readonly (string | number | RawNumber)[];
  readonly homepage?: string;
  readonly license?: string | readonly string[];
  readonly authors?: readonly JsonObject[];
  readonly support?: Readonly<Record<string, string>>;
  readonly funding?: readonly JsonObject[];
  readonly require?: Links;
  readonly "require-dev"?: Links;
  readonly conflict?: Links;
  readonly replace?: Links;
  readonly provide?: Links;
  readonly suggest?: Readonly<Record<string, string>>;
  readonly autoload?: JsonObject;
  readonly "autoload-dev"?: JsonObject;
  readonly "target-dir"?: string;
  readonly "include-path"?: readonly string[];
  readonly bin?: string | readonly string[];
  readonly "php-ext"?: JsonObject;
  readonly extra?: JsonObject;
  readonly scripts?: JsonObject;
  readonly archive?: JsonObject;
  readonly abandoned?: true | string;
}

/** How to read a composer.json whose package is known already. */
export interface ComposerJsonOptions {
  /**
   * The name to give to the package whatever the file says. Composer's VcsRepository names every version after the
   * default branch, so that a package can be renamed and its old tags, even those without a name, still be installed.
   */
  readonly packageName?: string;
  /** Undefined: as much as there is. */
  readonly budgets?: LinkBudgets;
}

/**
 * Reads a composer.json for publication. Refuses, with a ComposerJsonError naming the field, whatever would make
 * Composer fail for the customer (p2 files are loaded whole: one bad version takes all others with it), and drops
 * malformed fields that merely describe.
 */
export function readComposerJson(text: string, options: ComposerJsonOptions = {}): ComposerJson {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new ComposerJsonError("is not a JSON object");
  const field = (key: string): JsonValue | undefined => (Object.hasOwn(json, key) ? json[key] : undefined);
  const { budgets } = options;
  if (budgets !== undefined) refuseTooManyLinks(LINK_FIELDS.map(field), budgets);
  const targetDir = install.readTargetDir(field("target-dir"));
  return withoutUndefined({
    name: options.packageName ?? readName(field("name")),
    description: descriptive.readText(field("description")),
    version: readVersion(field("version")),
    type: install.readType(field("type")),
    keywords: descriptive.readKeywords(field("keywords")),
    homepage: descriptive.readHomepage(field("homepage")),
    license: descriptive.readLicense(field("license")),
    authors: descriptive.readAuthors(field("authors")),
    support: descriptive.readSupport(field("support")),
    funding: descriptive.readFunding(field("funding")),
    require: readLinks("require", field("require"), budgets),
    "require-dev": readLinks("require-dev", field("require-dev"), budgets),
    conflict: readLinks("conflict", field("conflict"), budgets),
    replace: readLinks("replace", field("replace"), budgets),
    provide: readLinks("provide", field("provide"), budgets),
    suggest: descriptive.readSuggest(field("suggest")),
    autoload: install.readAutoload(field("autoload"), targetDir),
    "autoload-dev": descriptive.readOpaqueObject(field("autoload-dev")),
    "target-dir": targetDir,
    "include-path": install.readIncludePath(field("include-path")),
    bin: install.readBin(field("bin")),
    "php-ext": descriptive.readOpaqueObject(field("php-ext")),
    extra: install.readExtra(field("extra")),
    scripts: descriptive.readScripts(field("scripts")),
    archive: descriptive.readArchive(field("archive")),
    abandoned: descriptive.readAbandoned(field("abandoned")),
  });
}

function readName(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === "") throw new ComposerJsonError("has no name");
  if (typeof value !== "string") throw new ComposerJsonError(`"name" must be a string`);
  const name = parsePackageName(value);
  if (!name.ok) throw new ComposerJsonError(`"name": ${name.reason}`);
  return name.value;
}

/** A number is taken as PHP would spell it (`"version": 1.5`); everything else must be a string that is a version. */
function readVersion(given: JsonValue | undefined): string | undefined {
  const value = isRawNumber(given) ? Number(given.rawJSON) : given;
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string" && typeof value !== "number") throw new ComposerJsonError(`"version" must be a string`);
  const version = String(value);
  try {
    normalizeVersion(version);
  } catch (error) {
    if (error instanceof InvalidVersionError) throw new ComposerJsonError(`"version": ${error.message}`);
    throw error;
  }
  return version;
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): OptionalUndefined<T> {
  // The cast is safe: exactly the keys whose value may be undefined can be missing afterwards.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as OptionalUndefined<T>;
}

type UndefinedKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
type OptionalUndefined<T> = Omit<T, UndefinedKeys<T>> & Partial<Present<Pick<T, UndefinedKeys<T>>>>;
