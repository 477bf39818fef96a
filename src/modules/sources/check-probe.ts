import type { Cipher } from "../../platform/crypto/cipher.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { getVisibleSource } from "./list-sources.ts";
import { NEW_SOURCE_BRANCHES, branchesOf, readBranches } from "./branch-choice.ts";
import type { BranchChoice } from "./branch-choice.ts";
import { defaultFilters, refuseForeignFilters, refuseServersRights } from "./source-bound.ts";
import type { SourceCaller } from "./source-bound.ts";
import { readCredentials, readFilters, readUrl } from "./source-input.ts";
import { filtersOf } from "./source-presenter.ts";
import { openPassword, originOf } from "./source-password.ts";
import type { SourceRow } from "./source-queries.ts";
import type { SourcePolicy } from "./source-remote.ts";
import type { SourceUrl } from "./source-url.ts";

/** A source that does not exist yet, or one that does with something changed. */
export interface ProbeInput {
  readonly sourceId?: string | undefined;
  readonly url?: string | undefined;
  readonly filters?: readonly string[] | undefined;
  readonly branches?: BranchChoice | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface CheckedProbe {
  readonly url: SourceUrl;
  readonly filters: readonly string[];
  readonly branches: BranchChoice;
  readonly credentials: { readonly username: string | null; readonly password: string } | undefined;
  /** Of a source that exists. */
  readonly sourceId: string | undefined;
  /** With a package bound nothing outside of it is shown. */
  readonly isBounded: boolean;
}

interface CheckDeps {
  readonly database: Pick<Database, "db">;
  readonly cipher: Cipher;
  readonly sourcePolicy: SourcePolicy;
}

/** The same checks as when a source is added or changed; throws what those throw. */
export async function checkProbe(deps: CheckDeps, caller: SourceCaller, input: ProbeInput): Promise<CheckedProbe> {
  const { sourceId } = input;
  const source = sourceId === undefined ? undefined : await getVisibleSource(deps.database.db, caller, sourceId);
  const text = input.url ?? source?.url;
  if (text === undefined) throw invalidField("/url", "is missing: give one, or the source_id of a source");
  const url = readUrl(text, deps.sourcePolicy);
  // What a source has that the caller sees, somebody has allowed.
  if (url.url !== source?.url) refuseServersRights(caller, url, deps.sourcePolicy);
  const filters = readFilters(input.filters ?? (source === undefined ? defaultFilters(caller) : filtersOf(source)));
  refuseForeignFilters(caller, filters);
  const branches = readBranches(input.branches ?? (source === undefined ? NEW_SOURCE_BRANCHES : branchesOf(source)));
  const given = { username: input.username, password: input.password };
  const credentials = readCredentials(source === undefined ? given : withStored(deps, source, url, given), url);
  return { url, filters, branches, credentials, sourceId, isBounded: caller.packageBound !== null };
}

/** What is stored for a source goes to its own origin only: to another one, it would be sent to whoever is named. */
function withStored(
  deps: Pick<CheckDeps, "cipher">,
  source: SourceRow,
  url: SourceUrl,
  given: { username: string | undefined; password: string | undefined },
): typeof given {
  const { sealed_password } = source;
  if (given.password !== undefined || sealed_password === null || originOf(url.url) !== originOf(source.url)) {
    return given;
  }
  const password = openPassword(deps.cipher, { ...source, sealed_password });
  return { username: given.username ?? source.username ?? undefined, password };
}
