import { GitError } from "../../platform/git/index.ts";
import type { GitRemote } from "../../platform/git/index.ts";
import { findRedirectTarget } from "../../platform/outbound-http/index.ts";

const INFO_REFS = "/info/refs?service=git-upload-pack";

/** Says where the URL redirects to. It is not followed: the new host has not been checked, nor may it see the password. */
export async function withTarget(error: GitError, remote: GitRemote): Promise<GitError> {
  const target = await findRedirectTarget(remote.url.replace(/\/$/, "") + INFO_REFS, remote.addresses);
  if (target === undefined) return error;
  const url = target.replace(INFO_REFS, "").replace(/\?service=git-upload-pack$/, "");
  return new GitError("redirect", `${remote.url} redirects to ${url}: use that URL`, error.detail);
}
