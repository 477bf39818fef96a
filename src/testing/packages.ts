import { sha256Hex } from "../platform/crypto/secrets.ts";
import { newId } from "../platform/crypto/ids.ts";
import { normalizeVersion, stabilityOf } from "../composer/index.ts";
import type { Database } from "../schema.ts";

export interface HostedVersion {
  version: string;
  /** Default: the version's own name hashed. */
  reference?: string;
  releasedAt?: number;
  isWithdrawn?: boolean;
  extra?: Record<string, unknown>;
}

/** Puts a package into the database as a sync would have, for tests that need no git. Returns its id. */
export async function hostPackage(
  database: Database,
  name: string,
  versions: (string | HostedVersion)[],
): Promise<string> {
  const packageId = `pkg_${sha256Hex(name).slice(0, 20)}`;
  await database.transaction(async (trx, changed) => {
    const source = newId("src");
    await trx
      .insertInto("sources")
      .values({
        ...{ id: source, type: "git", url: `https://git.invalid/${name}.git`, name, filters: "[]", username: null },
        ...{ sealed_password: null, state: "active", state_detail: null, created_at: 1, synced_at: 1 },
        ...{ next_sync_at: 99_999_999_999, claimed_by: null, claimed_until: null, reading_key: null, removed_at: null },
      })
      .execute();
    await trx
      .insertInto("packages")
      .values({
        ...{ id: packageId, name, source, revision: 1, description: `About ${name}`, type: "library", abandoned: null },
        ...{ created_at: 1, updated_at: 1 },
      })
      .execute();
    for (const given of versions) {
      const entry: HostedVersion = typeof given === "string" ? { version: given } : given;
      const normalized = normalizeVersion(entry.version);
      const stability = stabilityOf(normalized);
      await trx
        .insertInto("versions")
        .values({
          id: newId("evt"),
          package: packageId,
          version: entry.version,
          version_normalized: normalized,
          stability,
          is_dev: stability === "dev" ? 1 : 0,
          reference: entry.reference ?? sha256Hex(`${name} ${entry.version}`).slice(0, 40),
          metadata: JSON.stringify({
            name,
            version: entry.version,
            version_normalized: normalized,
            type: "library",
            ...entry.extra,
          }),
          time: entry.releasedAt ?? 1_700_000_000,
          released_at: entry.releasedAt ?? 1_700_000_000,
          shasum: "",
          ...{ source, source_ref: `refs/tags/${entry.version}`, published_at: 1 },
          withdrawn_at: entry.isWithdrawn === true ? 2 : null,
        })
        .execute();
    }
    changed("packages");
  });
  return packageId;
}
