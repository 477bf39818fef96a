import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { GitRemote } from "../../platform/git/index.ts";
import { resolveAllowed } from "../../platform/outbound-http/index.ts";
import type { AllowedNetworks, Lookup } from "../../platform/outbound-http/index.ts";
import { openPassword } from "./source-password.ts";
import type { SourceRow } from "./source-queries.ts";
import { parseSourceUrl } from "./source-url.ts";
import type { SourceUrl } from "./source-url.ts";

/** What the operator allows sources to be. */
export interface SourcePolicy {
  readonly allowLocalSources: boolean;
  readonly allowPrivateNetworks: AllowedNetworks;
  /** Hosts, and `file`, that callers with a package bound may use with the server's own rights; none unless told. */
  readonly boundedHosts?: readonly string[];
  readonly lookup?: Lookup;
}

/** The user name where a host asks for a token only; most take any. */
const ANY_USERNAME = "git";

/**
 * What git connects to for a source: the policy is asked each time, because addresses and the operator's mind change
 * after a source was added.
 */
export async function openRemote(
  deps: { readonly cipher: Cipher; readonly sourcePolicy: SourcePolicy },
  source: Pick<SourceRow, "id" | "url" | "username" | "sealed_password">,
): Promise<GitRemote> {
  const parsed = parseSourceUrl(source.url, deps.sourcePolicy);
  const addresses = await checkedAddresses(deps.sourcePolicy, parsed);
  if (source.sealed_password === null) return { ...parsed, addresses };
  const password = openPassword(deps.cipher, { ...source, sealed_password: source.sealed_password });
  return { ...parsed, addresses, credentials: { username: source.username ?? ANY_USERNAME, password } };
}

/** The same for what is no source yet. */
export async function openRemoteAt(
  sourcePolicy: SourcePolicy,
  url: SourceUrl,
  credentials: { readonly username: string | null; readonly password: string } | undefined,
): Promise<GitRemote> {
  const addresses = await checkedAddresses(sourcePolicy, url);
  if (credentials === undefined) return { ...url, addresses };
  const { username, password } = credentials;
  return { ...url, addresses, credentials: { username: username ?? ANY_USERNAME, password } };
}

async function checkedAddresses(sourcePolicy: SourcePolicy, url: SourceUrl): Promise<readonly string[]> {
  return url.transport === "file" ? [] : await resolveAllowed(url.host, sourcePolicy);
}
