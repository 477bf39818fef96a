import { fetchLfsObjects } from "../../../platform/git/lfs/index.ts";
import type { FetchLfsOptions, LfsStore } from "../../../platform/git/lfs/index.ts";
import { LFS_REASON, obstruct } from "./version-contents.ts";
import type { VersionContents } from "./version-contents.ts";

/** What one sync fetches at most; the rest follows at the next one. */
const SYNC_BYTES_MAX = 8 * 1024 ** 3;

/** What a source's objects take on the disk at most, unless told. */
const STORE_BYTES_MAX = 16 * 1024 ** 3;

/** Gets the Git LFS objects of all versions into the store, each host's together, and notes what cannot be had. */
export async function fetchLfs(
  versions: readonly VersionContents[],
  store: LfsStore,
  options: FetchLfsOptions & { readonly storeBytesMax: number | undefined },
): Promise<void> {
  let budget = SYNC_BYTES_MAX;
  let room: number | undefined;
  const wanted = versions.flatMap((version) =>
    version.obstacle === undefined ? version.wanted.map((one) => ({ version, ...one })) : [],
  );
  for (const group of Map.groupBy(wanted, ({ host }) => host.url).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const [late, tooMuch] = [new Set<string>(), new Set<string>()];
    const asked = [];
    for (const object of new Map(group.map(({ object: one }) => [one.oid, one])).values()) {
      if (await store.has(object)) continue;
      room ??= (options.storeBytesMax ?? STORE_BYTES_MAX) - (await store.sizeBytes());
      if (object.sizeBytes > room) tooMuch.add(object.oid);
      else if (object.sizeBytes > budget) late.add(object.oid);
      else {
        asked.push(object);
        room -= object.sizeBytes;
        budget -= object.sizeBytes;
      }
    }
    const failures = await fetchLfsObjects(first.host, asked, store, options);
    for (const { version, path, object } of group) {
      const failure = failures.get(object.oid);
      if (failure !== undefined) {
        obstruct(version, `${LFS_REASON}${path} cannot be had: ${failure.message}`, failure.isPassing);
      } else if (tooMuch.has(object.oid)) {
        const how = "remove versions, or ask the operator for a higher SOURCE_MAX_MB";
        obstruct(version, `${LFS_REASON}${path} is beyond what a source may store: ${how}`);
      } else if (late.has(object.oid)) {
        obstruct(version, `${LFS_REASON}${path} is beyond what one sync fetches: it follows at the next sync`, true);
      }
    }
  }
}
