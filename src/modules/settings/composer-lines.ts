/** What a buyer types, exact for this server: the lines that /install shows. */
export interface ComposerLines {
  /** For a trial over plain http only, which composer takes only when it is told so; null with https. */
  allow_http: string | null;
  add_repository: string;
  /** With the secret where it is known, `YOUR_TOKEN` otherwise. */
  add_token: string;
  /** An example of what can be installed then; null where nothing is known by its name. */
  require: string | null;
  /** The same as `add_repository`, for people who edit composer.json. */
  composer_json: string;
}

/** A vendor's name as composer.json can use it as a key. */
function repositoryName(vendorName: string | null): string {
  const name = (vendorName ?? "")
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? "vendor" : name;
}

/**
 * The lines for a secret, or for whoever knows it. `packages` are grant patterns; those that are names of packages can
 * be installed by them.
 */
export function composerLines(
  { publicUrl, vendorName }: { publicUrl: string; vendorName: string | null },
  { secret, packages }: { secret: string | null; packages: readonly string[] },
): ComposerLines {
  const { host, protocol } = new URL(publicUrl);
  const isPlain = protocol === "http:";
  const exact = packages.filter((pattern) => !/[/*]$/.test(pattern)).slice(0, PACKAGES_MAX);
  const repository = { type: "composer", url: publicUrl };
  const json = { repositories: [repository], ...(isPlain ? { config: { "secure-http": false } } : {}) };
  return {
    allow_http: isPlain ? "composer config secure-http false" : null,
    add_repository: `composer config repositories.${repositoryName(vendorName)} composer ${publicUrl}`,
    add_token: `composer config http-basic.${host} token ${secret ?? "YOUR_TOKEN"}`,
    require: exact.length === 0 ? null : `composer require ${exact.join(" ")}`,
    composer_json: JSON.stringify(json, null, 2),
  };
}

/** As many as a line holds that is typed. */
const PACKAGES_MAX = 10;
