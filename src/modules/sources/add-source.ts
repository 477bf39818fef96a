import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { NEW_SOURCE_BRANCHES, branchesOf, readBranches } from "./branch-choice.ts";
import type { BranchChoice } from "./branch-choice.ts";
import { defaultFilters, isWithinBound, refuseForeignFilters, refuseServersRights } from "./source-bound.ts";
import type { SourceCaller } from "./source-bound.ts";
import { SOURCE_DUE } from "./source-due.ts";
import { filtersOf, presentSource } from "./source-presenter.ts";
import type { Source, SubmodulesSetting } from "./source-presenter.ts";
import { insertSource, listSourceRowsByUrl } from "./source-queries.ts";
import type { SourceRow } from "./source-queries.ts";
import { sealPassword } from "./source-password.ts";
import type { SourcePolicy } from "./source-remote.ts";
import { readCredentials, readFilters, readText, readUrl, refuseForbiddenHost } from "./source-input.ts";
import { defaultSourceName } from "./source-url.ts";

export interface SourceDeps {
  readonly database: Pick<Database, "db" | "engine" | "transaction">;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly sourcePolicy: SourcePolicy;
}

export interface NewSource {
  readonly url: string;
  readonly name?: string | undefined;
  /** Patterns as in grants; none takes every package. Left out: everything the caller may bring in. */
  readonly filters?: readonly string[] | undefined;
  /** Left out: {@link NEW_SOURCE_BRANCHES}. */
  readonly branches?: BranchChoice | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly submodules?: SubmodulesSetting | undefined;
}

/**
 * Stores a source, to be synced at once. Its URL is checked here and at every sync; only whether anything answers there
 * is left to the sync, so that a source can be added while its host is down.
 */
export async function addSource(deps: SourceDeps, caller: SourceCaller, input: NewSource): Promise<Source> {
  return await storeSource(deps, caller, await checkNewSource(deps, caller, input));
}

/** Everything that needs no transaction: the name server may take its time. */
export async function checkNewSource(deps: SourceDeps, caller: SourceCaller, input: NewSource): Promise<SourceRow> {
  const url = readUrl(input.url, deps.sourcePolicy);
  refuseServersRights(caller, url, deps.sourcePolicy);
  const filters = readFilters(input.filters ?? defaultFilters(caller));
  refuseForeignFilters(caller, filters);
  const credentials = readCredentials(input, url);
  const name = readText("/name", input.name ?? defaultSourceName(url.url));
  await refuseForbiddenHost(url, deps.sourcePolicy);
  const id = newId("src");
  const now = nowSeconds(deps.clock);
  const username = credentials?.username ?? null;
  return {
    id,
    type: "git",
    url: url.url,
    name,
    filters: JSON.stringify(filters),
    branches: JSON.stringify(readBranches(input.branches ?? NEW_SOURCE_BRANCHES)),
    left_out_branches: 0,
    username,
    sealed_password:
      credentials === undefined
        ? null
        : sealPassword(deps.cipher, { id, url: url.url, username }, credentials.password),
    state: "pending",
    state_detail: null,
    created_at: now,
    synced_at: null,
    next_sync_at: now,
    claimed_by: null,
    claimed_until: null,
    reading_key: null,
    hints: null,
    removed_at: null,
    submodules: input.submodules === "include" ? "include" : null,
    submodule_paths: null,
  };
}

/**
 * A repository is a source once, as far as the caller can see: with a package bound nobody learns of another's by its
 * URL. There it is a source once more, and which of both has a package is decided as ever, by its name.
 */
export async function refuseKnownUrl(db: Db, caller: SourceCaller, url: string): Promise<void> {
  const existing = (await listSourceRowsByUrl(db, url)).find((row) => isWithinBound(caller, row));
  if (existing === undefined) return;
  throw new AppError("resource.conflict", `${url} is a source already: ${existing.id} (${existing.name})`);
}

/** The second half of {@link addSource}. */
export async function storeSource(deps: SourceDeps, caller: SourceCaller, checked: SourceRow): Promise<Source> {
  const now = nowSeconds(deps.clock);
  const row = { ...checked, created_at: now, next_sync_at: now };
  await deps.database.transaction(async (trx, changed) => {
    await refuseKnownUrl(trx, caller, row.url);
    await insertSource(trx, row);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "source.created",
      target: { kind: "source", id: row.id },
      details: {
        after: {
          url: row.url,
          name: row.name,
          filters: filtersOf(row),
          branches: branchesOf(row),
          has_password: row.sealed_password !== null,
          submodules: row.submodules ?? "leave_out",
        },
      },
    });
    changed("sources");
    changed(SOURCE_DUE);
  });
  return presentSource(row, undefined);
}
