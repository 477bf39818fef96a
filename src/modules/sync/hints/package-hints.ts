import { parsePackageName } from "../../../composer/index.ts";
import type { Hint } from "../../source-hints/index.ts";
import type { HintFacts } from "./hint-facts.ts";
import { recognizeKind } from "./package-kind.ts";

/** Nothing of a repository without composer.json can be installed: the lines that are missing. */
export function noComposerJson(facts: HintFacts): Hint[] {
  const { branch, head } = facts;
  if (head.files.some(({ path }) => path === "composer.json")) return [];
  const kind = recognizeKind(head);
  const looks = kind === undefined ? "" : `, and looks like ${kind.name}`;
  const lines = {
    name: suggestName(facts),
    type: kind?.type ?? "library",
    license: "proprietary",
    require: { php: ">=8.1", ...(kind?.installer === undefined ? {} : { [kind.installer]: "^1.0 || ^2.0" }) },
  };
  return [
    {
      code: "package.no_composer_json",
      message: `The default branch ${branch} has no composer.json at its root${looks}.`,
      what_to_do: "Add a composer.json with these lines, and tag a release that has it. Older tags stay skipped.",
      example: JSON.stringify(lines, null, 4),
    },
  ];
}

/** Composer puts a package without a type where libraries are. */
export function noType({ head }: HintFacts): Hint[] {
  const kind = head.composerJson === undefined || "type" in head.composerJson ? undefined : recognizeKind(head);
  if (kind === undefined) return [];
  const installer = kind.installer === undefined ? "" : `, and require ${kind.installer}`;
  return [
    {
      code: "package.no_type",
      message: `composer.json has no type, and this looks like ${kind.name}: ${kind.evidence}.`,
      what_to_do: `Add "type": "${kind.type}"${installer}. Without it composer installs it ${kind.without}.`,
      example: `"type": "${kind.type}",`,
    },
  ];
}

const NAMED_MAX = 5;
const NOT_MEANT = /(^|\/)(vendor|node_modules|tests?|fixtures?|stubs|examples?|demos?)\//i;

/** One repository is one package: the others in it are not published. */
export function severalComposerJson({ head }: HintFacts): Hint[] {
  const directories = head.files
    .filter(({ path, kind }) => kind === "file" && path.endsWith("/composer.json") && !NOT_MEANT.test(path))
    .map(({ path }) => path.slice(0, -"/composer.json".length));
  if (directories.length === 0) return [];
  const named = directories.slice(0, NAMED_MAX).join(", ");
  const more = directories.length > NAMED_MAX ? ` and ${directories.length - NAMED_MAX} more directories` : "";
  const are = directories.length === 1 ? "is" : "are";
  return [
    {
      code: "package.several_composer_json",
      message: `${directories.length} more composer.json ${are} not published: in ${named}${more}.`,
      what_to_do:
        "One repository is one package, the one at its root. Split each of them into a repository of its own (git subtree split), and add that as a source.",
      example: null,
    },
  ];
}

/** What a buyer meets as an error about minimum-stability. */
export function noStableVersion({ head, versions }: HintFacts): Hint[] {
  const [first] = versions;
  if (first === undefined || versions.some(({ stability }) => stability === "stable")) return [];
  const said = versions.find((version) => version.package !== null)?.package ?? head.composerJson?.["name"];
  const name = typeof said === "string" ? said : "acme/package";
  const { version } = versions.find(({ stability }) => stability === "dev") ?? first;
  return [
    {
      code: "package.no_stable_version",
      message: "There is no stable version: composer require finds none with the default minimum-stability.",
      what_to_do: `Tag a release, such as 1.0.0. Until then buyers name a version: composer require ${name}:${version}`,
      example: null,
    },
  ];
}

/** The filter says whose it is, else the address; the repository what it is. */
function suggestName({ url, filters }: HintFacts): string {
  const exact = filters.find((filter) => /^[^/*]+\/[^/*]+$/.test(filter));
  if (exact !== undefined) return exact;
  const parts = url
    .replace(/\.git\/?$/, "")
    .split(/[/:]+/)
    .map(plain)
    .filter((part) => part !== "");
  const vendor = filters[0]?.split("/")[0] ?? (parts.length > 3 ? parts.at(-2) : undefined) ?? "acme";
  const name = `${plain(vendor)}/${parts.at(-1) ?? "package"}`;
  return parsePackageName(name).ok ? name : "acme/package";
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
