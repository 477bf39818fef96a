import type { GitRemote } from "../../platform/git/index.ts";
import { openRemoteAt } from "./source-remote.ts";
import type { SourcePolicy } from "./source-remote.ts";
import { SourceUrlError, parseSourceUrl } from "./source-url.ts";
import type { SourceUrl } from "./source-url.ts";

/**
 * Where a submodule is fetched from: its URL in `.gitmodules`, seen from the repository that has it. Whoever can push
 * there writes that URL, so it goes through the same guards as a source's. The source's password goes to the source's own
 * origin only, and the server's ssh key to its own host only.
 */
export async function openSubmoduleRemote(
  sourcePolicy: SourcePolicy,
  { source, parent }: { source: GitRemote; parent: GitRemote },
  written: string,
): Promise<GitRemote> {
  const url = asHttps(parseSourceUrl(resolveRelative(written, parent), sourcePolicy), source, sourcePolicy);
  if (url.transport !== "http" && (url.transport !== source.transport || url.host !== source.host)) {
    const how = url.transport === "ssh" ? "over ssh from another host than the source's" : "as a file";
    throw new SourceUrlError(`submodules are not read ${how}: give it an https URL in .gitmodules`);
  }
  const isOwn = url.transport === "http" && source.transport === "http" && originOf(url) === originOf(source);
  const remote = await openRemoteAt(sourcePolicy, url, undefined);
  return isOwn ? { ...remote, credentials: source.credentials } : remote;
}

function originOf({ url }: Pick<SourceUrl, "url">): string {
  return new URL(url).origin;
}

/** `../lib.git` is beside the repository, as git has it. */
function resolveRelative(written: string, parent: GitRemote): string {
  if (!/^\.{1,2}\//.test(written)) return written;
  const [, root = "", path = ""] = /^([a-z]+:\/\/[^/]*\/|[^/:]*:)(.*)$/.exec(parent.url) ?? [];
  const parts = path.split("/").filter((part) => part !== "");
  for (const part of written.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return root + parts.join("/");
}

/** Written for developers with ssh keys; a source that is read with an access token has none, but the same host. */
function asHttps(url: SourceUrl, source: GitRemote, sourcePolicy: SourcePolicy): SourceUrl {
  if (url.transport !== "ssh" || source.transport !== "http" || url.host !== source.host) return url;
  const path = url.url.replace(/^ssh:\/\/[^/]*\//, "").replace(/^[^/:]*:\/*/, "");
  return parseSourceUrl(`${new URL(source.url).origin}/${path}`, sourcePolicy);
}
