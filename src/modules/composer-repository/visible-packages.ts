import { accessTo, opensPackage } from "../grants/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import type { HostedRow } from "./composer-repository-queries.ts";
import type { Credential } from "./credentials.ts";

/** What a token sees of the catalogue, by name: what it may install, and what it may not any more. */
export function visiblePackages(
  state: CatalogueState,
  credential: Credential,
  now: number,
): { hosted: HostedRow; isOpen: boolean }[] {
  const vendors = credential.grants.some((grant) => grant.vendor === "*")
    ? state.namesByVendor.keys()
    : new Set(credential.grants.map((grant) => grant.vendor));
  return [...vendors]
    .sort()
    .flatMap((vendor) => state.namesByVendor.get(vendor) ?? [])
    .flatMap((name) => {
      const hosted = state.packages.get(name);
      const access = accessTo(credential.grants, name, now);
      if (hosted === undefined || access.kind === "unknown" || access.kind === "not_covered") return [];
      return [{ hosted, isOpen: opensPackage(access) }];
    });
}
