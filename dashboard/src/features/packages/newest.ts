import type { PackageVersion } from "./package-api.ts";

/** What `composer require` takes unless told otherwise: the newest stable version, else the newest. */
export function newestOf(versions: readonly PackageVersion[]): PackageVersion | undefined {
  const offered = versions.filter((version) => !version.withdrawn);
  return offered.find((version) => version.stability === "stable") ?? offered[0];
}
