import type { Db } from "../../schema.ts";
import { accessTo } from "../grants/index.ts";
import type { Usage } from "../usage/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import { listPublishedNumbers } from "./composer-repository-queries.ts";
import type { Credential } from "./credentials.ts";

const DOWNLOADS_MAX = 5_000;
const VERSION_LENGTH_MAX = 200;

/** One line of what `composer` reports: the package and the normalised version. */
export interface ReportedDownload {
  name: string;
  version: string;
}

/** Reads `{"downloads": [{"name", "version"}]}`; undefined when it is not that. */
export function readDownloads(body: { text: string }): ReportedDownload[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.text);
  } catch {
    return undefined;
  }
  const downloads = isRecord(parsed) ? parsed["downloads"] : undefined;
  if (!Array.isArray(downloads) || downloads.length > DOWNLOADS_MAX) return undefined;
  return (downloads as unknown[]).flatMap((download) => {
    if (!isRecord(download)) return [];
    const { name, version } = download;
    if (typeof name !== "string" || typeof version !== "string" || version.length > VERSION_LENGTH_MAX) return [];
    return [{ name: name.toLowerCase(), version }];
  });
}

/**
 * Counts the installs `composer` reports, also those from its own cache. A hint from the client: only versions that
 * exist, of packages this token deals with, are counted, or a customer could fill the database with inventions.
 */
export async function countInstalls(
  deps: { db: Db; usage: Pick<Usage, "countInstall"> },
  known: { credential: Credential; state: CatalogueState; now: number },
  reported: readonly ReportedDownload[],
): Promise<void> {
  const packageIds = new Map<string, string>();
  for (const { name } of reported) {
    const hosted = known.state.packages.get(name);
    if (hosted === undefined || packageIds.has(name)) continue;
    const access = accessTo(known.credential.grants, name, known.now);
    if (access.kind !== "unknown" && access.kind !== "not_covered") packageIds.set(name, hosted.id);
  }
  if (packageIds.size === 0) return;
  const numbers = await listPublishedNumbers(deps.db, [...packageIds.values()]);
  const seen = new Set<string>();
  for (const { name, version } of reported) {
    const packageId = packageIds.get(name);
    const key = `${packageId ?? ""} ${version}`;
    if (packageId === undefined || !numbers.has(key) || seen.has(key)) continue;
    seen.add(key);
    deps.usage.countInstall(known.credential.tokenId, packageId, version);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
