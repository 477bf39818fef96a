import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { LRUCache } from "lru-cache";
import { compareForListing, minify, parseExact, writeExact } from "../../composer/index.ts";
import type { JsonObject, Stability } from "../../composer/index.ts";
import type { Database } from "../../schema.ts";
import { opensVersion } from "../grants/index.ts";
import type { PackageAccess } from "../grants/index.ts";
import { listPublishedVersions } from "./composer-repository-queries.ts";
import type { HostedRow, PublishedRow } from "./composer-repository-queries.ts";
import type { Help } from "./help.ts";
import { partialMessage, withHelp, withdrawnMessage } from "./messages.ts";

const VIEWS_BYTES_MAX = 128 * 1024 * 1024;
const gzipAsync = promisify(gzip);

/** A body as it is sent, and the date that stands for exactly this body. */
export interface View {
  /** A character for each byte (latin1): Node sends the head and a string in one write, but a Buffer in a second one. */
  gzipped: string;
  /** Undefined where it holds a line to be read each time: of an answer that is 304 Composer prints nothing. */
  lastModified: string | undefined;
}

/** What a token may see of a package. */
export type VisibleAccess = Extract<PackageAccess, { kind: "full" | "partial" }>;

/** The p2 documents: built on first demand, kept compressed, shared by every token that sees the same. */
export interface PackageViews {
  cached(wanted: WantedView): View | undefined;
  build(wanted: WantedView): Promise<View>;
}

/** One of the two files of a name, for whoever may see as much of it. */
export interface WantedView {
  hosted: HostedRow;
  access: VisibleAccess;
  isDev: boolean;
  /** Where buyers get help; it ends the line beside the versions. */
  help: Help;
}

export function createPackageViews(deps: { database: Pick<Database, "db">; publicUrl: string }): PackageViews {
  const views = new LRUCache<string, View>({
    maxSize: VIEWS_BYTES_MAX,
    sizeCalculation: (view) => view.gzipped.length + 300,
  });
  const building = new Map<string, Promise<View>>();
  const keyOf = ({ hosted, access, isDev, help }: WantedView) =>
    `${hosted.id} ${hosted.revision} ${isDev ? "dev" : ""} ${access.kind === "full" ? "" : access.rule} ${help.renew ?? ""} ${help.support ?? ""}`;
  const make = async (wanted: WantedView) => {
    const { hosted, access, isDev } = wanted;
    const rows = await listPublishedVersions(deps.database.db, hosted.id, isDev);
    const document = packageDocument(deps.publicUrl, hosted, rows, access);
    const line = isDev ? {} : lineOf(wanted, rows, document);
    return await toView({ ...document, ...line }, { isReadEachTime: Object.keys(line).length > 0 });
  };
  return {
    cached: (wanted) => views.get(keyOf(wanted)),
    async build(wanted) {
      const key = keyOf(wanted);
      const running = building.get(key);
      if (running !== undefined) return await running;
      const started = make(wanted).finally(() => building.delete(key));
      building.set(key, started);
      const view = await started;
      views.set(key, view);
      return view;
    },
  };
}

interface PackageDocument extends JsonObject {
  packages: Record<string, JsonObject[]>;
}

/** What is said beside the versions, once for both files of a name. */
function lineOf(
  { hosted: { name, is_offered, successor }, access, help }: WantedView,
  rows: readonly PublishedRow[],
  { packages }: PackageDocument,
): JsonObject {
  if (is_offered === 0) return { warning: withHelp(withdrawnMessage(name, successor), help.support) };
  const isWhole = access.kind === "full" || packages[name]?.length === rows.length;
  return isWhole ? {} : { info: withHelp(partialMessage(name, access), help.renew) };
}

function packageDocument(
  publicUrl: string,
  hosted: HostedRow,
  rows: PublishedRow[],
  access: VisibleAccess,
): PackageDocument {
  const visible = rows.filter((row) =>
    opensVersion(access, {
      versionNormalized: row.version_normalized,
      stability: row.stability as Stability,
      releasedAt: row.released_at,
    }),
  );
  visible.sort((a, b) => compareForListing(a.version_normalized, b.version_normalized));
  const versions = visible.map((row) => toEntry(publicUrl, hosted, row));
  return { packages: { [hosted.name]: minify(versions) }, minified: "composer/2.0" };
}

/** No `source` and nothing of upstream: older Composers fall back to it with the customer's token (protocol §9). */
function toEntry(publicUrl: string, { name, abandoned }: HostedRow, row: PublishedRow): JsonObject {
  // What is said of the package counts for each version: who stays on an old one is to hear of it too.
  const left = abandoned === undefined ? ["source"] : ["source", "abandoned"];
  const stored = Object.entries(parseExact(row.metadata) as JsonObject);
  return {
    ...Object.fromEntries(stored.filter(([key]) => !left.includes(key))),
    ...(abandoned === undefined || abandoned === false ? {} : { abandoned }),
    dist: {
      type: "zip",
      url: `${publicUrl}/dist/${name}/${row.reference}.zip`,
      reference: row.reference,
      shasum: row.shasum,
    },
    time: isoDate(row.time),
    "published-time": isoDate(row.released_at),
  };
}

function isoDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d+Z$/, "+00:00");
}

export async function toView(document: JsonObject, { isReadEachTime = false } = {}): Promise<View> {
  const body = Buffer.from(writeExact(document));
  const gzipped = await gzipAsync(body, { level: 9 });
  return { gzipped: gzipped.toString("latin1"), lastModified: isReadEachTime ? undefined : lastModifiedOf(body) };
}

/** 1990-01-01, and 30 years of seconds after it. */
const FIRST_DATE = 631_152_000;
const DATES = 946_080_000;

/**
 * A date that stands for these bytes. Composer keeps answers by URL, not by token, and its only validator is
 * `Last-Modified`, echoed back and compared by us for equality: so the date must differ whenever the view differs,
 * between two customers and between two releases of one second alike. A hash does that, without state, the same on
 * every instance; always in the past, so that nothing on the way thinks it wrong.
 */
function lastModifiedOf(body: Buffer): string {
  const hash = createHash("sha256").update(body).digest().readUIntBE(0, 6);
  return new Date((FIRST_DATE + (hash % DATES)) * 1000).toUTCString();
}
