import { expect, test } from "vitest";
import { expand } from "../src/composer/index.ts";
import type { JsonObject } from "../src/composer/index.ts";
import { commandLine } from "../src/modules/callers/index.ts";
import { addSource } from "../src/modules/sources/index.ts";
import { waitAndSync } from "../src/modules/sync/index.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import { awkwardRepositories } from "./support/awkward-repositories.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import { askComposerVcs } from "./support/vcs-oracle.ts";

/** A version, reduced to what decides what is resolved and installed. */
type Entry = Record<string, unknown>;

/**
 * Where we differ on purpose, by repository: version → why. Everything else must be equal, and each of these must
 * really differ.
 */
const DIFFERENCES: Record<string, Record<string, string>> = {
  "branch-names": {
    "awkward/branch-names dev-fix#12": "2.5 keeps the #, which a constraint cannot name; newer ones write +",
    "awkward/branch-names dev-fix+12": "the other side of it",
  },
  links: {
    "awkward/links 1.6.0.0": "a constraint that is a number is refused with its reason; Composer drops the requirement",
    "awkward/links 1.8.0.0": "requirements that are a string: likewise",
    "awkward/links 1.9.0.0": "requirements that name no package: likewise; nobody could install it",
    "awkward/links 1.12.0.0": "a constraint that is null: likewise",
  },
  "manifest-versions": {
    "awkward/manifest-versions 1.5.0.0": "`time` in composer.json is not believed; the commit has one",
    "awkward/manifest-versions 1.6.0.0": "likewise",
    "awkward/manifest-versions 1.11.0.0": "`source` in composer.json is not believed; the commit is what is archived",
    "awkward/manifest-versions 1.12.0.0": "`dist` in composer.json: likewise",
    "awkward/manifest-versions 1.15.0.0": "an empty `version` says nothing; Composer 2.5 refuses the tag for it",
  },
};

/** Composer asks git for the default branch by its bare name, and git answers with the tag of that name. */
const NAMED_BY_A_TAG = { ours: "awkward/same-names", theirs: "awkward/from-the-tag" };

const repositories = [
  "tag-spellings",
  "branch-names",
  "renamed",
  "links",
  "manifest-versions",
  "no-default-branch",
  "same-names",
];

test.each(repositories)("what is published of %s is what Composer's own vcs driver makes of it", async (name) => {
  await using directory = await makeTemporaryDirectory("parity");
  const repository = (await awkwardRepositories(directory.path)).find((one) => one.name === name)?.repository;
  if (repository === undefined) throw new Error(`there is no awkward repository ${name}`);
  const oracle = await askComposerVcs(repository.directory);
  const ours = await publish(repository.directory);
  const theirs = new Map<string, Entry>();
  // Composer lists a version twice where two branches mean the same; the first one is what its pool takes.
  for (const version of oracle.versions) {
    const packageName =
      version.name.toLowerCase() === NAMED_BY_A_TAG.theirs ? NAMED_BY_A_TAG.ours : version.name.toLowerCase();
    const key = `${packageName} ${version.version_normalized}`;
    if (!theirs.has(key)) theirs.set(key, comparable({ ...version.metadata, name: packageName }));
  }
  const different = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (key) => JSON.stringify(ours.get(key)) !== JSON.stringify(theirs.get(key)),
  );
  const expected = DIFFERENCES[name] ?? {};
  const report = different
    .filter((key) => !(key in expected))
    .map((key) => [key, differingFields(ours.get(key), theirs.get(key))]);
  expect(report).toEqual([]);
  expect(different.sort()).toEqual(Object.keys(expected).sort());
});

async function publish(gitDirectory: string): Promise<Map<string, Entry>> {
  await using server = await startTestServer("sqlite");
  const source = await addSource(server.core, commandLine, { url: `file://${gitDirectory}`, branches: "all" });
  await waitAndSync(server.core.sync, source.id);
  const management = await server.createManagementToken();
  const minted = (await server.api("POST", "/api/tokens", management, { description: "all" })).json() as {
    token: string;
  };
  const root = (await server.composer("/packages.json", minted.token)).json() as { "available-packages"?: string[] };
  const entries = new Map<string, Entry>();
  for (const name of root["available-packages"] ?? []) {
    for (const file of [`${name}.json`, `${name}~dev.json`]) {
      const document = (await server.composer(`/p2/${file}`, minted.token)).json() as {
        packages: Record<string, JsonObject[]>;
      };
      for (const version of expand(document.packages[name] ?? [])) {
        entries.set(`${name} ${textOf(version["version_normalized"])}`, comparable(version));
      }
    }
  }
  return entries;
}

/**
 * The parts that decide what is resolved and installed, written one way: Composer's dumper writes lists where one
 * value is allowed, sorts keywords, and lowers names and types, as its loader does with ours.
 */
function comparable(metadata: Readonly<Record<string, unknown>>): Entry {
  const { dist, source, time, extra, keywords: _keywords, ...rest } = metadata;
  const links = LINK_FIELDS.map((field): [string, unknown] => [field, lowerKeys(rest[field])]);
  // Branch aliases are compared by the unit tests: here we leave out those that Composer ignores.
  const { "branch-alias": _aliases, ...moreExtra } = (extra ?? {}) as Record<string, unknown>;
  const reference = ((dist ?? source) as { reference?: string } | undefined)?.reference;
  return sortKeys({
    ...rest,
    ...Object.fromEntries<unknown>(links),
    ...Object.fromEntries(
      ["published-time", "notification-url", "installation-source"].map((added) => [added, undefined]),
    ),
    name: textOf(rest["name"]).toLowerCase(),
    type: textOf(rest["type"] ?? "library").toLowerCase(),
    bin: typeof rest["bin"] === "string" ? [rest["bin"]] : rest["bin"],
    scripts: listValues(rest["scripts"]),
    extra: Object.keys(moreExtra).length > 0 ? moreExtra : undefined,
    reference,
    time: typeof time === "string" ? Date.parse(time) / 1000 : undefined,
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const LINK_FIELDS = ["require", "require-dev", "conflict", "replace", "provide"];

function lowerKeys(links: unknown): unknown {
  if (typeof links !== "object" || links === null) return links;
  return Object.fromEntries(
    Object.entries(links).map(([name, constraint]) => [name.toLowerCase(), constraint as unknown]),
  );
}

function listValues(scripts: unknown): unknown {
  if (typeof scripts !== "object" || scripts === null) return scripts;
  return Object.fromEntries(
    Object.entries(scripts).map(([name, value]) => [name, Array.isArray(value) ? value : [value]]),
  );
}

function differingFields(ours: Entry | undefined, theirs: Entry | undefined): unknown {
  if (ours === undefined) return "not published by us";
  if (theirs === undefined) return "not published by Composer";
  const fields = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return fields
    .filter((field) => JSON.stringify(ours[field]) !== JSON.stringify(theirs[field]))
    .map((field) => ({ field, ours: ours[field], theirs: theirs[field] }));
}

function sortKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(sortKeys) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, nested]) => nested !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, nested]) => [key, sortKeys(nested)]),
  ) as T;
}
