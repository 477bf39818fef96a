import { quoted } from "./errors.ts";
import { asciiLower } from "./version-grammar.ts";

/** The outcome of reading a text that a person typed: what it means, or one line saying what is wrong with it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const VENDOR = "[a-z0-9]+(?:[_.-][a-z0-9]+)*";
const NAME = new RegExp(String.raw`^${VENDOR}\/[a-z0-9]+(?:(?:[_.]|-{1,2})[a-z0-9]+)*$`, "i");
const PLATFORM =
  /^(?:php(?:-64bit|-ipv6|-zts|-debug)?|hhvm|(?:ext|lib)-[a-z0-9]+(?:[_.-][a-z0-9]+)*|composer(?:-(?:plugin|runtime)-api)?)$/i;
/** Of both parts together; a longer one fits in no index of a database, and its files have names that no disk takes. */
const NAME_LENGTH_MAX = 200;
/** Names of devices on Windows: a folder of that name cannot be made there. */
const RESERVED = /^(?:nul|con|prn|aux|com[1-9]|lpt[1-9])$/;

/**
 * Reads a package name and lower-cases it. The rule is Composer 2's ValidatingArrayLoader::hasPackageNamingError,
 * except that capitals are lowered rather than refused, that a platform package (`php`, `ext-json`) is no name for
 * something we could host, and that a name has a greatest length.
 */
export function parsePackageName(text: string): Parsed<string> {
  const name = asciiLower(text);
  if (!NAME.test(name)) {
    const reason = `${quoted(text)} is not a package name: it must be "vendor/name", each made of letters and digits, with single ".", "_" or "-" between them`;
    return { ok: false, reason };
  }
  if (name.length > NAME_LENGTH_MAX) {
    return {
      ok: false,
      reason: `${quoted(text)} is not a package name: it has more than ${NAME_LENGTH_MAX} characters`,
    };
  }
  if (name.split("/").some((part) => RESERVED.test(part))) {
    return {
      ok: false,
      reason: `${quoted(text)} is not a package name: Windows reserves names such as "con" or "aux"`,
    };
  }
  if (name.endsWith(".json")) {
    return { ok: false, reason: `${quoted(text)} is not a package name: it must not end in ".json"` };
  }
  return { ok: true, value: name };
}

/** The part before the slash of a package name: who publishes it. */
export function vendorOf(packageName: string): string {
  const slash = packageName.indexOf("/");
  return slash === -1 ? packageName : packageName.slice(0, slash);
}

/** Whether a name means the platform itself: PHP, an extension, a library or Composer (PlatformRepository::isPlatformPackage). */
export function isPlatformPackage(name: string): boolean {
  return PLATFORM.test(name);
}

/** Whether a link may point at this name: shaped `vendor/name`, in any case, or a platform package. */
export function isLinkableName(name: string): boolean {
  return NAME.test(name) || isPlatformPackage(name);
}

/** Whether a text can stand before the slash of a lower-case package name. */
export function isVendorName(text: string): boolean {
  return new RegExp(`^${VENDOR}$`).test(text) && !RESERVED.test(text);
}
