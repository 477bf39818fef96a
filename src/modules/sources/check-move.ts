import type { Cipher } from "../../platform/crypto/cipher.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { refuseKnownUrl } from "./add-source.ts";
import type { SourceChange } from "./source-change.ts";
import { getVisibleSource } from "./list-sources.ts";
import { refuseServersRights } from "./source-bound.ts";
import type { SourceCaller } from "./source-bound.ts";
import { readCredentials, readUrl, refuseForbiddenHost } from "./source-input.ts";
import { openPassword, originOf } from "./source-password.ts";
import type { SourceRow } from "./source-queries.ts";
import type { SourcePolicy } from "./source-remote.ts";
import type { SourceUrl } from "./source-url.ts";

/** A source that is to be read from another URL, with what may be sent there. */
export interface CheckedMove {
  /** The source as it was when this was checked. */
  readonly source: SourceRow;
  readonly url: SourceUrl;
  readonly credentials: { readonly username: string | null; readonly password: string } | undefined;
}

interface CheckDeps {
  readonly database: Pick<Database, "db">;
  readonly cipher: Pick<Cipher, "open">;
  readonly sourcePolicy: SourcePolicy;
}

/** Everything about another URL that is known without asking it; undefined when it is the one that the source has. */
export async function checkMove(
  deps: CheckDeps,
  caller: SourceCaller,
  id: string,
  input: SourceChange & { readonly url: string },
): Promise<CheckedMove | undefined> {
  const { db } = deps.database;
  const source = await getVisibleSource(db, caller, id);
  const url = readUrl(input.url, deps.sourcePolicy);
  if (url.url === source.url) return undefined;
  refuseServersRights(caller, url, deps.sourcePolicy);
  const credentials = credentialsAt(deps, source, url, input);
  await refuseForbiddenHost(url, deps.sourcePolicy);
  await refuseKnownUrl(db, caller, url.url);
  return { source, url, credentials };
}

/** What is stored was given for one scheme, host and port; for another one it is given anew, or left out by null. */
function credentialsAt(
  deps: CheckDeps,
  source: SourceRow,
  url: SourceUrl,
  { username, password }: SourceChange,
): CheckedMove["credentials"] {
  const { sealed_password } = source;
  const keptUsername = username === undefined ? source.username : username;
  if (typeof password === "string") return readCredentials({ username: keptUsername ?? undefined, password }, url);
  if (password === null || sealed_password === null || url.transport !== "http") {
    return readCredentials({ username: username ?? undefined }, url);
  }
  const [from, to] = [originOf(source.url), originOf(url.url)];
  if (from !== to) {
    throw invalidField(
      "/password",
      `is missing: the stored one was given for ${from} and is sent nowhere else; give the one for ${to}, or null for none`,
    );
  }
  const stored = openPassword(deps.cipher, { ...source, sealed_password });
  return readCredentials({ username: keptUsername ?? undefined, password: stored }, url);
}
