import { formatGrantPattern, parseGrantPattern } from "../../composer/index.ts";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import { AddressRefusedError, HostNotFoundError, resolveAllowed } from "../../platform/outbound-http/index.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { findSourceRowByUrl, insertSource } from "./source-queries.ts";
import type { SourceRow } from "./source-queries.ts";
import type { SourcePolicy } from "./source-remote.ts";
import { SourceUrlError, defaultSourceName, parseSourceUrl } from "./source-url.ts";
import type { SourceUrl } from "./source-url.ts";

interface SourceDeps {
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

const TEXT_LENGTH_MAX = 255;
const FILTERS_MAX = 100;

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

function readUrl(text: string, policy: SourcePolicy): SourceUrl {
  try {
    return parseSourceUrl(text.trim(), policy);
  } catch (error) {
    if (error instanceof SourceUrlError) throw invalidField("/url", error.message);
    throw error;
  }
}

function readFilters(texts: readonly string[]): string[] {
  if (texts.length > FILTERS_MAX) throw invalidField("/filters", `has more than ${FILTERS_MAX} patterns`);
  const filters = texts.map((text, index) => {
    const pattern = parseGrantPattern(text);
    if (!pattern.ok) throw invalidField(`/filters/${index}`, pattern.reason);
    return formatGrantPattern(pattern.value);
  });
  return [...new Set(filters)];
}

function readCredentials(input: NewSource, url: SourceUrl): { username: string | null; password: string } | undefined {
  const { username, password } = input;
  if (username === undefined && password === undefined) return undefined;
  if (url.transport !== "http") {
    throw invalidField(
      "/username",
      "is for http and https sources only: ssh sources are read with the server's ssh key",
    );
  }
  if (password === undefined || password === "") {
    throw invalidField("/password", "is missing: give the password or access token with --password-stdin");
  }
  if (/[\r\n\0]/.test(password)) throw invalidField("/password", "holds a line break");
  if (username === undefined) return { username: null, password };
  if (username.includes(":")) throw invalidField("/username", "holds a colon, which HTTP cannot carry in a user name");
  return { username: readText("/username", username), password };
}

function readText(pointer: string, text: string): string {
  const trimmed = text.trim();
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (trimmed === "" || /[\u0000-\u001f\u007f]/.test(trimmed) || !trimmed.isWellFormed()) {
    throw invalidField(pointer, "must be one line of text");
  }
  if (trimmed.length > TEXT_LENGTH_MAX) throw invalidField(pointer, `is longer than ${TEXT_LENGTH_MAX} characters`);
  return trimmed;
}

async function refuseForbiddenHost(url: SourceUrl, policy: SourcePolicy): Promise<void> {
  if (url.transport === "file") return;
  try {
    await resolveAllowed(url.host, policy);
  } catch (error) {
    if (error instanceof AddressRefusedError) throw invalidField("/url", `is refused: ${error.message}`);
    // The name server may be away for a moment; the sync says so in the source's state.
    if (!(error instanceof HostNotFoundError)) throw error;
  }
}
