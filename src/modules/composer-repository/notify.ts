import type { Db } from "../../schema.ts";
import { accessTo } from "../grants/index.ts";
import type { Usage } from "../usage/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import { listPublishedNumbers } from "./composer-repository-queries.ts";
import type { VersionNumber } from "./composer-repository-queries.ts";
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
    // No version has them, and PostgreSQL takes neither for a text.
    if (version.includes("\0") || !version.isWellFormed()) return [];
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
  const asked = new Map<string, VersionNumber>();
  const packageIds = new Map<string, string | undefined>();
  for (const { name, version } of reported) {
    if (!packageIds.has(name)) packageIds.set(name, packageDealtWith(known, name));
    const packageId = packageIds.get(name);
    if (packageId !== undefined) asked.set(`${packageId} ${version}`, { packageId, version });
  }
  for (const { packageId, version } of await listPublishedNumbers(deps.db, [...asked.values()])) {
    deps.usage.countInstall(known.credential.tokenId, packageId, version);
  }
}

/** The id of a package that is named to the token. */
function packageDealtWith(
  { credential, state, now }: { credential: Credential; state: CatalogueState; now: number },
  name: string,
): string | undefined {
  const hosted = state.packages.get(name);
  if (hosted === undefined) return undefined;
  const access = accessTo(credential.grants, name, now);
  return access.kind === "unknown" || access.kind === "not_covered" ? undefined : hosted.id;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
