import type { GitRemote } from "../remote.ts";

type Credentials = NonNullable<GitRemote["credentials"]>;

/** Where Git LFS objects are asked for. */
export interface LfsHost {
  /** Without a slash at the end, such as `https://git.example.com/acme/core.git/info/lfs`. */
  readonly url: string;
  /** For requests to this origin and no other. */
  readonly credentials?: { readonly origin: string; readonly username: string; readonly password: string } | undefined;
}

/** Why there is no place to ask; one line with the remedy. */
export class LfsHostError extends Error {
  override readonly name = "LfsHostError";
}

/**
 * Where the objects of a repository are, by git-lfs' own rule: what its `.lfsconfig` says, else below the repository's
 * URL. The source's credentials go to its own origin only, wherever `.lfsconfig` points.
 */
export function lfsHostOf(remote: GitRemote, configured: string | undefined): LfsHost {
  const url = configured === undefined ? defaultUrl(remote) : configuredUrl(configured);
  return { url, credentials: remote.credentials === undefined ? undefined : bound(remote, remote.credentials) };
}

function bound(remote: GitRemote, { username, password }: Credentials) {
  return remote.transport === "http" ? { origin: new URL(remote.url).origin, username, password } : undefined;
}

function defaultUrl({ transport, url }: GitRemote): string {
  if (transport !== "http") {
    throw new LfsHostError(
      `Git LFS is read over http(s) only, and this source is ${transport === "ssh" ? "read over ssh" : "a file"}: give the source an https URL, or name the place of the objects as lfs.url in .lfsconfig`,
    );
  }
  const bare = url.replace(/\/+$/, "");
  return `${bare.endsWith(".git") ? bare : `${bare}.git`}/info/lfs`;
}

function configuredUrl(text: string): string {
  const refuse = (why: string) => new LfsHostError(`lfs.url in .lfsconfig ${why}`);
  if (!URL.canParse(text)) throw refuse("is no URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("is not an http or https URL");
  if (url.username !== "" || url.password !== "") throw refuse("holds a user name or a password: leave them out");
  if (url.search !== "" || url.hash !== "") throw refuse("has a query or a fragment: leave it out");
  return url.href.replace(/\/+$/, "");
}
