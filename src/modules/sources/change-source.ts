import { nowSeconds } from "../../platform/clock.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db, SourceTable } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { refuseKnownUrl } from "./add-source.ts";
import type { SourceDeps } from "./add-source.ts";
import type { CheckedMove } from "./check-move.ts";
import { getSourceForChange } from "./list-sources.ts";
import { NEW_SOURCE_BRANCHES, branchesOf, readBranches } from "./branch-choice.ts";
import { defaultFilters, refuseForeignFilters } from "./source-bound.ts";
import type { SourceCaller } from "./source-bound.ts";
import type { SourceChange } from "./source-change.ts";
import { SOURCE_DUE, dueNow } from "./source-due.ts";
import { readCredentials, readFilters, readText, readUrl } from "./source-input.ts";
import { filtersOf, presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { openPassword, sealPassword } from "./source-password.ts";
import { countPerSource, updateSourceRow } from "./source-queries.ts";
import type { SourceRow } from "./source-queries.ts";
import type { Updateable } from "kysely";

/** Changes a source; it is synced with the change at once. Another URL is tested first, and what was tested given. */
export async function changeSource(
  deps: SourceDeps,
  caller: SourceCaller,
  id: string,
  input: Omit<SourceChange, "url">,
  move?: CheckedMove,
): Promise<Source> {
  const now = nowSeconds(deps.clock);
  const name = input.name === undefined ? undefined : readText("/name", input.name);
  const filters = input.filters === undefined ? undefined : readFilters(input.filters ?? defaultFilters(caller));
  const branches = input.branches === undefined ? undefined : readBranches(input.branches ?? NEW_SOURCE_BRANCHES);

  return await deps.database.transaction(async (trx, changed) => {
    const row = await getSourceForChange(trx, deps.database.engine, caller, id);
    if (move !== undefined) await refuseOutdated(trx, caller, row, move);
    if (filters !== undefined) refuseForeignFilters(caller, filters);
    const change: Updateable<SourceTable> = {
      ...(name === undefined ? {} : { name }),
      ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
      ...(branches === undefined ? {} : { branches: JSON.stringify(branches) }),
      ...(move === undefined ? credentialChange(deps, row, input) : moveChange(deps, move)),
      ...(input.submodules === undefined ? {} : { submodules: input.submodules === "include" ? "include" : null }),
      next_sync_at: dueNow(row, now),
    };
    await updateSourceRow(trx, id, change);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "source.updated",
      target: { kind: "source", id },
      details: {
        before: { ...urlBefore(row, move), ...auditable(row) },
        after: {
          ...(move === undefined ? {} : { url: move.url.url }),
          ...auditable({ ...row, ...change } as SourceRow),
          has_new_password: input.password !== undefined && input.password !== null,
        },
      },
    });
    changed("sources");
    changed(SOURCE_DUE);
    const counts = await countPerSource(trx, id);
    return presentSource({ ...row, ...change } as SourceRow, counts.get(id), caller.packageBound);
  });
}

function auditable(row: SourceRow) {
  return {
    name: row.name,
    filters: filtersOf(row),
    branches: branchesOf(row),
    has_password: row.sealed_password !== null,
    submodules: row.submodules ?? "leave_out",
  };
}

function urlBefore(row: SourceRow, move: CheckedMove | undefined) {
  return move === undefined ? {} : { url: row.url };
}

/** What was tested is what is stored: of another URL or password meanwhile nothing is known. */
async function refuseOutdated(trx: Db, caller: SourceCaller, row: SourceRow, { source, url }: CheckedMove) {
  const isSame = row.url === source.url && row.username === source.username;
  if (!isSame || row.sealed_password !== source.sealed_password) {
    throw new AppError("resource.conflict", `${row.id} was changed while its new URL was tested: try again.`);
  }
  await refuseKnownUrl(trx, caller, url.url);
}

function moveChange(deps: SourceDeps, { source, url, credentials }: CheckedMove): Updateable<SourceTable> {
  const place = { id: source.id, url: url.url, username: credentials?.username ?? null };
  const sealed = credentials === undefined ? null : sealPassword(deps.cipher, place, credentials.password);
  return { url: place.url, username: place.username, sealed_password: sealed };
}

function credentialChange(deps: SourceDeps, row: SourceRow, input: SourceChange): Updateable<SourceTable> {
  if (input.username === undefined && input.password === undefined) return {};
  if (input.password === null) {
    if (typeof input.username === "string") throw invalidField("/username", "is of no use without a password");
    return { username: null, sealed_password: null };
  }
  const kept = input.username === undefined ? row.username : input.username;
  const username = kept ?? undefined;
  const { sealed_password } = row;
  const password =
    input.password ?? (sealed_password === null ? undefined : openPassword(deps.cipher, { ...row, sealed_password }));
  const credentials = readCredentials({ username, password }, readUrl(row.url, deps.sourcePolicy));
  if (credentials === undefined) return {};
  const place = { id: row.id, url: row.url, username: credentials.username };
  return { username: place.username, sealed_password: sealPassword(deps.cipher, place, credentials.password) };
}
