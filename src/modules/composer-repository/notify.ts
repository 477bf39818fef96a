import type { IncomingMessage } from "node:http";
import type { Usage } from "../usage/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import type { Credential } from "./credentials.ts";

const BODY_BYTES_MAX = 1024 * 1024;
const DOWNLOADS_MAX = 5_000;

/** Undefined when the body is too large or broken off. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The client went away; nobody is left to be told.
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Counts the installs `composer` reports, also those from its own cache: `{"downloads": [{"name", "version"}]}` with
 * the normalised version. A hint from the client, so what it may not see is left out. False when it is not readable.
 */
export function countInstalls(
  usage: Pick<Usage, "countInstall">,
  state: CatalogueState,
  credential: Credential,
  body: string,
): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return false;
  }
  const downloads = isRecord(parsed) ? parsed["downloads"] : undefined;
  if (!Array.isArray(downloads) || downloads.length > DOWNLOADS_MAX) return false;
  for (const download of downloads as unknown[]) {
    if (!isRecord(download)) continue;
    const { name, version } = download;
    if (typeof name !== "string" || typeof version !== "string" || version.length > 200) continue;
    const hosted = state.packages.get(name.toLowerCase());
    if (hosted !== undefined) usage.countInstall(credential.tokenId, hosted.id, version);
  }
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
