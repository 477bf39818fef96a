import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { findSourceRowByUrl, insertSource } from "./source-queries.ts";
import type { SourceRow } from "./source-queries.ts";
import type { SourcePolicy } from "./source-remote.ts";
import { readCredentials, readFilters, readText, readUrl, refuseForbiddenHost } from "./source-input.ts";
import { defaultSourceName } from "./source-url.ts";

export interface SourceDeps {
  readonly database: Database;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly sourcePolicy: SourcePolicy;
}

export interface NewSource {
  readonly url: string;
  readonly name?: string | undefined;
  /** Patterns as in grants; none takes every package. */
  readonly filters?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Stores a source, to be synced at once. Its URL is checked here and at every sync; only whether anything answers there
 * is left to the sync, so that a source can be added while its host is down.
 */
export async function addSource(deps: SourceDeps, actor: Actor, input: NewSource): Promise<Source> {
  const url = readUrl(input.url, deps.sourcePolicy);
  const filters = readFilters(input.filters ?? []);
  const credentials = readCredentials(input, url);
  const name = readText("/name", input.name ?? defaultSourceName(url.url));
  await refuseForbiddenHost(url, deps.sourcePolicy);
  const id = newId("src");
  const now = nowSeconds(deps.clock);
  const row: SourceRow = {
    id,
    type: "git",
    url: url.url,
    name,
    filters: JSON.stringify(filters),
    username: credentials?.username ?? null,
    sealed_password: credentials === undefined ? null : deps.cipher.seal(credentials.password, id),
    state: "pending",
    state_detail: null,
    created_at: now,
    synced_at: null,
    next_sync_at: now,
    claimed_by: null,
    claimed_until: null,
    reading_key: null,
    removed_at: null,
  };
  await deps.database.transaction(async (trx, changed) => {
    const existing = await findSourceRowByUrl(trx, row.url);
    if (existing !== undefined) {
      throw new AppError("resource.conflict", `${row.url} is a source already: ${existing.id} (${existing.name})`);
    }
    await insertSource(trx, row);
    await recordAuditEvent(deps, trx, actor, {
      action: "source.created",
      target: { kind: "source", id },
      details: { after: { url: row.url, name, filters, has_password: credentials !== undefined } },
    });
    changed("sources");
  });
  return presentSource(row, undefined);
}
