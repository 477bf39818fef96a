import { LRUCache } from "lru-cache";
import type { JsonObject } from "../../composer/index.ts";
import type { TaskPool } from "../../platform/threads/index.ts";
import type { Database } from "../../schema.ts";
import type { HostedRow } from "./composer-repository-queries.ts";
import type { Help } from "./help.ts";
import { partialMessage, withHelp, withdrawnMessage } from "./messages.ts";
import { readDocument } from "./read-document.ts";
import { readVersionIndex, showVersions } from "./version-index.ts";
import type { ShownVersions, VersionIndex, VisibleAccess } from "./version-index.ts";
import { shareDocument, withLine } from "./view.ts";
import type { SharedDocument, View } from "./view.ts";

const DOCUMENTS_BYTES_MAX = 128 * 1024 * 1024;
const SHOWN_BYTES_MAX = 16 * 1024 * 1024;
const INDEXES_BYTES_MAX = 32 * 1024 * 1024;
/** Of a version in an index: five short fields. */
const INDEX_ROW_BYTES = 250;

/** The p2 documents: built on first demand, kept compressed, shared by every token that sees the same versions. */
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

/** What a rule comes to at a revision: which document, and what is told beside it. */
interface Shown {
  readonly document: string;
  readonly line: JsonObject | undefined;
}

export function createPackageViews(deps: {
  database: Pick<Database, "db">;
  workers: TaskPool;
  publicUrl: string;
}): PackageViews {
  return new SharedViews(deps);
}

class SharedViews implements PackageViews {
  readonly #publicUrl: string;
  readonly #reading: { db: Database["db"]; workers: TaskPool };
  /** By the set of versions that is shown. */
  readonly #documents = new LRUCache<string, SharedDocument>({
    maxSize: DOCUMENTS_BYTES_MAX,
    sizeCalculation: ({ plain }) => plain.gzipped.length + 500,
  });
  /** By the text of the rule. */
  readonly #shown = new LRUCache<string, Shown>({
    maxSize: SHOWN_BYTES_MAX,
    sizeCalculation: (_, key) => key.length * 2 + 1_000,
  });
  readonly #indexes = new LRUCache<string, VersionIndex>({
    maxSize: INDEXES_BYTES_MAX,
    sizeCalculation: ({ versions }) => versions.length * INDEX_ROW_BYTES + 300,
  });
  readonly #building = new Map<string, Promise<View>>();
  readonly #writing = new Map<string, Promise<SharedDocument | undefined>>();
  readonly #reads = new Map<string, Promise<VersionIndex>>();

  constructor(deps: { database: Pick<Database, "db">; workers: TaskPool; publicUrl: string }) {
    this.#publicUrl = deps.publicUrl;
    this.#reading = { db: deps.database.db, workers: deps.workers };
  }

  cached(wanted: WantedView): View | undefined {
    const shown = this.#shown.get(ruleKey(wanted));
    const document = shown === undefined ? undefined : this.#documents.get(shown.document);
    return shown === undefined || document === undefined ? undefined : viewOf(document, shown);
  }

  async build(wanted: WantedView): Promise<View> {
    return await shared(this.#building, ruleKey(wanted), () => this.#build(wanted));
  }

  async #build(wanted: WantedView): Promise<View> {
    for (;;) {
      const index = await shared(this.#reads, fileKey(wanted), () => this.#index(wanted));
      const chosen = await showVersions(index, wanted.access);
      const shown = {
        document: `${fileKey(wanted)} ${chosen.key}`,
        line: wanted.isDev ? undefined : lineOf(wanted, chosen.ids.length === index.versions.length),
      };
      const known = this.#documents.get(shown.document);
      const write = () => this.#write(wanted, index, chosen);
      const document = known ?? (await shared(this.#writing, `${index.revision} ${shown.document}`, write));
      if (document === undefined) continue;
      // Of a revision that the catalogue does not know yet nothing is kept: it is read in this moment.
      if (index.revision === wanted.hosted.revision) {
        this.#documents.set(shown.document, document);
        this.#shown.set(ruleKey(wanted), shown);
      }
      return viewOf(document, shown);
    }
  }

  async #index(wanted: WantedView): Promise<VersionIndex> {
    const { hosted, isDev } = wanted;
    const known = this.#indexes.get(fileKey(wanted));
    if (known !== undefined) return known;
    const index = await readVersionIndex(this.#reading, hosted.id, isDev);
    if (index.revision === hosted.revision) this.#indexes.set(fileKey(wanted), index);
    return index;
  }

  /** Undefined when the package was published anew meanwhile. */
  async #write(
    wanted: WantedView,
    { revision }: VersionIndex,
    { ids }: ShownVersions,
  ): Promise<SharedDocument | undefined> {
    const { id, name, abandoned } = wanted.hosted;
    const facts = { publicUrl: this.#publicUrl, name, abandoned };
    const document = await readDocument(this.#reading, facts, { packageId: id, revision, ids });
    if (document === undefined) this.#indexes.delete(fileKey(wanted));
    return document === undefined ? undefined : shareDocument(document);
  }
}

/** One of the two files of a name at a revision. */
function fileKey({ hosted, isDev }: WantedView): string {
  return `${hosted.id} ${hosted.revision} ${isDev ? "dev" : ""}`;
}

function ruleKey(wanted: WantedView): string {
  const { access, help } = wanted;
  const rule = access.kind === "full" ? "" : access.rule;
  return `${fileKey(wanted)} ${rule} ${help.renew ?? ""} ${help.support ?? ""}`;
}

function viewOf(document: SharedDocument, { line }: Shown): View {
  return line === undefined ? document.plain : withLine(document, line);
}

/** What is said beside the versions, once for both files of a name. */
function lineOf(
  { hosted: { name, is_offered, successor }, access, help }: WantedView,
  isWhole: boolean,
): JsonObject | undefined {
  if (is_offered === 0) return { warning: withHelp(withdrawnMessage(name, successor), help.support) };
  if (access.kind === "full" || isWhole) return undefined;
  return { info: withHelp(partialMessage(name, access), help.renew) };
}

/** Whoever asks for what is being made waits for the same. */
async function shared<T>(running: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const there = running.get(key);
  if (there !== undefined) return await there;
  const started = make().finally(() => running.delete(key));
  running.set(key, started);
  return await started;
}
