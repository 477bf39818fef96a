import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Stability } from "../../composer/index.ts";
import type { Database } from "../../schema.ts";
import { whenClientLeaves } from "../../platform/http/client-leaves.ts";
import { accessTo, opensVersion } from "../grants/index.ts";
import type { ArchiveKey, Archives } from "../packages/index.ts";
import type { Usage } from "../usage/index.ts";
import { sendNotFound, sendWarning, writeArchiveHead } from "./answers.ts";
import type { Exchange } from "./answers.ts";
import { listVersionsOfReference } from "./composer-repository-queries.ts";
import type { HostedRow, ReferencedRow } from "./composer-repository-queries.ts";
import type { Credential } from "./credentials.ts";
import type { Help } from "./help.ts";
import { closedLine, isClosed, versionMessage, withHelp } from "./messages.ts";

const STALLED_MS = 120_000;

export interface DistDeps {
  database: Pick<Database, "db">;
  clock: Clock;
  usage: Pick<Usage, "countDownload">;
  archives: Pick<Archives, "openArchive">;
}

export interface DistRequest {
  credential: Credential;
  /** Undefined when no such package is hosted. */
  hosted: HostedRow | undefined;
  reference: string;
  /** Where buyers get help. */
  help: Help;
  refused: (status: number, reason: string) => void;
  /** The last four characters of another token of the same customer that opens the package. */
  otherToken: (name: string) => Promise<string | undefined>;
  /** Sends and is true; false when the token was changed or revoked meanwhile, and the request began afresh. */
  stillValid: (send: () => void) => boolean;
}

/**
 * Serves an archive to who may have one of the versions it stands for, for ever: a lock file written years ago must
 * go on installing. What the token could have is 402 with a reason; a guess, or another vendor's, is 404.
 */
export async function serveArchive(deps: DistDeps, exchange: Exchange, wanted: DistRequest): Promise<void> {
  const { credential, hosted, reference } = wanted;
  if (hosted === undefined) {
    sendNotFound(exchange);
    return;
  }
  const access = accessTo(credential.grants, hosted.name, nowSeconds(deps.clock));
  if (access.kind === "unknown") {
    sendNotFound(exchange);
    return;
  }
  const versions = await listVersionsOfReference(deps.database.db, hosted.id, reference);
  const [first] = versions;
  if (first === undefined) {
    sendNotFound(exchange);
    return;
  }
  const opened = versions.find((version) => opensVersion(access, toGranted(version)));
  if (opened === undefined) {
    const line = isClosed(access)
      ? closedLine(hosted.name, access, await wanted.otherToken(hosted.name), wanted.help)
      : withHelp(versionMessage(hosted.name, first.version), wanted.help.renew);
    wanted.stillValid(() => {
      wanted.refused(402, access.kind);
      sendWarning(exchange, 402, line);
    });
    return;
  }
  if (!(await hasTurn(exchange.response))) return;
  const left = whenClientLeaves(exchange.request, exchange.response);
  const archive = await openUnlessLeft(deps, { packageId: hosted.id, reference }, left);
  if (archive === "left") return;
  if (archive === undefined) {
    sendNotFound(exchange);
    return;
  }
  // Gone while the file was opened: a pipeline to a closed answer never ends, and the file would stay open with it.
  if (exchange.response.destroyed) {
    archive.stream.destroy();
    return;
  }
  const isHead = exchange.request.method === "HEAD";
  const head = { sizeBytes: archive.sizeBytes, fileName: fileNameOf(hosted.name, reference) };
  const isSent = wanted.stillValid(() => writeArchiveHead(exchange, head));
  if (isSent && !isHead) {
    deps.usage.countDownload(credential.tokenId, hosted.id, opened.version_normalized);
    await stream(exchange, archive.stream);
    return;
  }
  archive.stream.destroy();
  if (isSent) exchange.response.end();
}

/** What nobody waits for any more is no failure. */
async function openUnlessLeft({ archives }: DistDeps, key: ArchiveKey, left: AbortSignal) {
  try {
    return await archives.openArchive(key, left);
  } catch (error) {
    if (left.aborted) return "left";
    throw error;
  }
}

/**
 * Waits until the answers before on the same connection are through; false when the client went away meanwhile. One
 * connection can ask for hundreds of archives in one packet and read none: it holds one file open, not hundreds.
 */
async function hasTurn(response: ServerResponse): Promise<boolean> {
  if (response.socket !== null || response.destroyed) return !response.destroyed;
  return await new Promise((resolve) => {
    response.once("socket", () => resolve(true));
    response.once("close", () => resolve(false));
  });
}

async function stream(exchange: Exchange, bytes: NodeJS.ReadableStream): Promise<void> {
  // Slow is fine, a customer on a train too; one who reads nothing at all would hold the file open for ever.
  exchange.response.setTimeout(STALLED_MS, () => exchange.response.destroy());
  try {
    await pipeline(bytes, exchange.response);
  } catch (error) {
    // The customer broke off the download; that is theirs to do.
    if (error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE") return;
    throw error;
  }
}

function toGranted(version: ReferencedRow) {
  return {
    versionNormalized: version.version_normalized,
    stability: version.stability as Stability,
    releasedAt: version.released_at,
  };
}

function fileNameOf(name: string, reference: string): string {
  return `${name.replace("/", "-")}-${reference.slice(0, 12)}.zip`;
}
