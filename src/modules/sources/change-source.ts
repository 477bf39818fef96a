import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { SourceTable } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import type { SourceDeps } from "./add-source.ts";
import { readCredentials, readFilters, readText, readUrl } from "./source-input.ts";
import { filtersOf, presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { countPerSource, findSourceRow, updateSourceRow } from "./source-queries.ts";
import type { SourceRow } from "./source-queries.ts";
import type { Updateable } from "kysely";

/** Absent fields stay as they are. */
export interface SourceChange {
  readonly name?: string | undefined;
  /** Replaces the whole list; an empty one takes every package. */
  readonly filters?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Changes a source; it is synced with the change at once. The URL stays: another repository is another source. */
export async function changeSource(deps: SourceDeps, actor: Actor, id: string, input: SourceChange): Promise<Source> {
  const now = nowSeconds(deps.clock);
  const name = input.name === undefined ? undefined : readText("/name", input.name);
  const filters = input.filters === undefined ? undefined : readFilters(input.filters);
  return await deps.database.transaction(async (trx, changed) => {
    const row = await findSourceRow(trx, id);
    if (row === undefined) throw new AppError("resource.not_found", `There is no source ${id}.`);
    const change: Updateable<SourceTable> = {
      ...(name === undefined ? {} : { name }),
      ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
      ...credentialChange(deps, row, input),
      next_sync_at: now,
    };
    await updateSourceRow(trx, id, change);
    await recordAuditEvent(deps, trx, actor, {
      action: "source.updated",
      target: { kind: "source", id },
      details: {
        before: { name: row.name, filters: filtersOf(row) },
        after: {
          name: name ?? row.name,
          filters: filters ?? filtersOf(row),
          has_new_password: input.password !== undefined,
        },
      },
    });
    changed("sources");
    const counts = await countPerSource(trx, id);
    return presentSource({ ...row, ...change } as SourceRow, counts.get(id));
  });
}

function credentialChange(deps: SourceDeps, row: SourceRow, input: SourceChange): Updateable<SourceTable> {
  if (input.username === undefined && input.password === undefined) return {};
  const username = input.username ?? row.username ?? undefined;
  const password =
    input.password ?? (row.sealed_password === null ? undefined : deps.cipher.open(row.sealed_password, row.id));
  const credentials = readCredentials({ username, password }, readUrl(row.url, deps.sourcePolicy));
  if (credentials === undefined) return {};
  return { username: credentials.username, sealed_password: deps.cipher.seal(credentials.password, row.id) };
}
