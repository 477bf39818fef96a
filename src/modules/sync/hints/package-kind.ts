import type { CommitFacts } from "./hint-facts.ts";

/** What a repository looks like to somebody who knows its system. */
export interface PackageKind {
  /** In Composer's words: `wordpress-plugin`. */
  readonly type: string;
  /** In people's words. */
  readonly name: string;
  /** By what it is known. */
  readonly evidence: string;
  /** What becomes of it without its type. */
  readonly without: string;
  /** What must be required besides, so that composer puts it into its place. */
  readonly installer: string | undefined;
}

type Recognize = (commit: CommitFacts) => PackageKind | undefined;

const INSTALLERS = "composer/installers";

/** The first that fits. */
const KINDS: readonly Recognize[] = [
  (commit) => {
    const file = rootPhpWith(commit, /^[ \t/*#@]*Plugin Name:[ \t]*\S/im);
    if (file === undefined) return undefined;
    const evidence = `${file} has a “Plugin Name:” header`;
    return kind("wordpress-plugin", "a WordPress plugin", evidence, "to vendor/, where WordPress does not look");
  },
  (commit) => {
    if (!/^[ \t/*#@]*Theme Name:[ \t]*\S/im.test(commit.texts.get("style.css") ?? "")) return undefined;
    const evidence = "style.css has a “Theme Name:” header";
    return kind("wordpress-theme", "a WordPress theme", evidence, "to vendor/, where WordPress does not look");
  },
  (commit) => {
    if (!has(commit, "registration.php") || !has(commit, "etc/module.xml")) return undefined;
    const without = "as any library, and Magento's own installer passes it over";
    return kind("magento2-module", "a Magento module", "it has registration.php and etc/module.xml", without, null);
  },
  (commit) => {
    const { extra, require: needs } = commit.composerJson ?? {};
    const isPlugin = isObject(extra) && Object.hasOwn(extra, "shopware-plugin-class");
    const isLike = isObject(needs) && Object.hasOwn(needs, "shopware/core") && has(commit, "src/Resources/config/");
    if (!isPlugin && !isLike) return undefined;
    const evidence = isPlugin ? "extra has shopware-plugin-class" : "it requires shopware/core and has src/Resources";
    const without = "as any library, which Shopware does not list as a plugin";
    return kind("shopware-platform-plugin", "a Shopware plugin", evidence, without, null);
  },
  (commit) => {
    const file = rootPhpWith(commit, /\bclass\s+\w+\s+extends\s+\\?(Payment|Carrier)?Module(Core)?\b/);
    if (file === undefined) return undefined;
    const evidence = `${file} has a class that extends Module`;
    return kind("prestashop-module", "a PrestaShop module", evidence, "to vendor/, where PrestaShop does not look");
  },
  (commit) => {
    const info = [...commit.texts].find(([path]) => path.endsWith(".info.yml"));
    const type = /^type:\s*['"]?(module|theme|profile)\b/m.exec(info?.[1] ?? "")?.[1];
    if (info === undefined || type === undefined) return undefined;
    return kind(`drupal-${type}`, `a Drupal ${type}`, `it has ${info[0]}`, "to vendor/, where Drupal does not look");
  },
  (commit) => {
    if (!has(commit, "ext_emconf.php")) return undefined;
    const without = "as any library, which TYPO3 does not list as an extension";
    return kind("typo3-cms-extension", "a TYPO3 extension", "it has ext_emconf.php", without, null);
  },
];

/** Undefined for what may as well be a library. */
export function recognizeKind(commit: CommitFacts): PackageKind | undefined {
  for (const recognize of KINDS) {
    const found = recognize(commit);
    if (found !== undefined) return found;
  }
  return undefined;
}

function kind(
  type: string,
  name: string,
  evidence: string,
  without: string,
  installer: string | null = INSTALLERS,
): PackageKind {
  return { type, name, evidence, without, installer: installer ?? undefined };
}

function rootPhpWith(commit: CommitFacts, pattern: RegExp): string | undefined {
  return [...commit.texts].find(([path, text]) => path.endsWith(".php") && pattern.test(text))?.[0];
}

/** A file, or with a slash at its end a directory. */
function has({ files }: CommitFacts, path: string): boolean {
  return path.endsWith("/")
    ? files.some((file) => file.path.startsWith(path))
    : files.some((file) => file.path === path);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
