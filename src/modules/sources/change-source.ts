import { nowSeconds } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { SourceTable } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { SourceDeps } from "./add-source.ts";
import { getSourceForChange } from "./list-sources.ts";
import { defaultFilters, refuseForeignFilters } from "./source-bound.ts";
import type { SourceCaller } from "./source-bound.ts";
import { SOURCE_DUE, dueNow } from "./source-due.ts";
import { readCredentials, readFilters, readText, readUrl } from "./source-input.ts";
import { filtersOf, presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { countPerSource, updateSourceRow } from "./source-queries.ts";
import type { SourceRow } from "./source-queries.ts";
import type { Updateable } from "kysely";

/** Absent fields stay as they are. */
export interface SourceChange {
  readonly name?: string | undefined;
  /** Replaces the whole list; an empty one takes every package, null everything the caller may bring in. */
  readonly filters?: readonly string[] | null | undefined;
  /** null: none, the password stays. */
  readonly username?: string | null | undefined;
  /** null: none, and no user name. */
  readonly password?: string | null | undefined;
}

/** Changes a source; it is synced with the change at once. The URL stays: another repository is another source. */
export async function changeSource(
  deps: SourceDeps,
  caller: SourceCaller,
  id: string,
  input: SourceChange,
): Promise<Source> {
  const now = nowSeconds(deps.clock);
  const name = input.name === undefined ? undefined : readText("/name", input.name);
  const filters = input.filters === undefined ? undefined : readFilters(input.filters ?? defaultFilters(caller));

  return await deps.database.transaction(async (trx, changed) => {
    const row = await getSourceForChange(trx, deps.database.engine, caller, id);
    if (filters !== undefined) refuseForeignFilters(caller, filters);
    const change: Updateable<SourceTable> = {
      ...(name === undefined ? {} : { name }),
      ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
      ...credentialChange(deps, row, input),
      next_sync_at: dueNow(row, now),
    };
    await updateSourceRow(trx, id, change);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "source.updated",
      target: { kind: "source", id },
      details: {
        before: { name: row.name, filters: filtersOf(row), has_password: row.sealed_password !== null },
        after: {
          name: name ?? row.name,
          filters: filters ?? filtersOf(row),
          has_new_password: input.password !== undefined && input.password !== null,
          has_password: (change.sealed_password ?? (input.password === null ? null : row.sealed_password)) !== null,
        },
      },
    });
    changed("sources");
    changed(SOURCE_DUE);
    const counts = await countPerSource(trx, id);
    return presentSource({ ...row, ...change } as SourceRow, counts.get(id), caller.packageBound);
  });
}

function credentialChange(deps: SourceDeps, row: SourceRow, input: SourceChange): Updateable<SourceTable> {
  if (input.username === undefined && input.password === undefined) return {};
  if (input.password === null) {
    if (typeof input.username === "string") throw invalidField("/username", "is of no use without a password");
    return { username: null, sealed_password: null };
  }
  const kept = input.username === undefined ? row.username : input.username;
  const username = kept ?? undefined;
  const password =
    input.password ?? (row.sealed_password === null ? undefined : deps.cipher.open(row.sealed_password, row.id));
  const credentials = readCredentials({ username, password }, readUrl(row.url, deps.sourcePolicy));
  if (credentials === undefined) return {};
  return { username: credentials.username, sealed_password: deps.cipher.seal(credentials.password, row.id) };
}
