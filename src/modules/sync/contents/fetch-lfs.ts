import { fetchLfsObjects } from "../../../platform/git/lfs/index.ts";
import type { FetchLfsOptions, LfsStore } from "../../../platform/git/lfs/index.ts";
import { LFS_REASON, obstruct } from "./version-contents.ts";
import type { VersionContents } from "./version-contents.ts";

/** What one sync fetches at most; the rest follows at the next one. */
const SYNC_BYTES_MAX = 8 * 1024 ** 3;

/** Gets the Git LFS objects of all versions into the store, each host's together, and notes what cannot be had. */
export async function fetchLfs(
  versions: readonly VersionContents[],
  store: LfsStore,
  options: FetchLfsOptions,
): Promise<void> {
  let budget = SYNC_BYTES_MAX;
  const wanted = versions.flatMap((version) =>
    version.obstacle === undefined ? version.wanted.map((one) => ({ version, ...one })) : [],
  );
  for (const group of Map.groupBy(wanted, ({ host }) => host.url).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const late = new Set<string>();
    const asked = [];
    for (const object of new Map(group.map(({ object: one }) => [one.oid, one])).values()) {
      if (await store.has(object)) continue;
      budget -= object.sizeBytes;
      if (budget < 0) late.add(object.oid);
      else asked.push(object);
    }
    const failures = await fetchLfsObjects(first.host, asked, store, options);
    for (const { version, path, object } of group) {
      const failure = failures.get(object.oid);
      if (failure !== undefined) {
        obstruct(version, `${LFS_REASON}${path} cannot be had: ${failure.message}`, failure.isPassing);
      } else if (late.has(object.oid)) {
        obstruct(version, `${LFS_REASON}${path} is beyond what one sync fetches: it follows at the next sync`, true);
      }
    }
  }
}
