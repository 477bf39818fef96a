import { PageSize } from "../../platform/turns.ts";
import type { TaskPool } from "../../platform/threads/index.ts";
import type { Db } from "../../schema.ts";
import { findPublishedRows, findRevision } from "./composer-repository-queries.ts";
import type { PublishedRow } from "./composer-repository-queries.ts";
import { PackageDocumentWriter } from "./package-document.ts";
import type { DocumentFacts, PackageDocument } from "./package-document.ts";

/** Below, a document is written on the main thread, within a few milliseconds; most are. In characters. */
const WRITTEN_HERE_MAX = 100_000;

/** The p2 document of these versions, in this order; undefined when the package is at another revision by now. */
export async function readDocument(
  deps: { db: Db; workers: TaskPool },
  facts: DocumentFacts,
  wanted: { packageId: string; revision: number; ids: readonly string[] },
): Promise<PackageDocument | undefined> {
  const { packageId, revision, ids } = wanted;
  const pages = readPages(deps.db, ids);
  const first: PublishedRow[] = [];
  let size = 0;
  let isWhole = false;
  while (!isWhole && size < WRITTEN_HERE_MAX) {
    const page = await pages.next();
    isWhole = page.done === true;
    for (const row of page.value ?? []) {
      first.push(row);
      size += row.metadata.length;
    }
  }
  const document = isWhole ? await write(facts, first) : await writeElsewhere(deps.workers, facts, first, pages);
  return (await findRevision(deps.db, packageId)) === revision ? document : undefined;
}

async function write(facts: DocumentFacts, rows: readonly PublishedRow[]): Promise<PackageDocument> {
  const writer = new PackageDocumentWriter(facts);
  await writer.add(rows);
  return await writer.end();
}

/** The rows are read while the thread writes, one page after the other. */
async function writeElsewhere(
  workers: TaskPool,
  facts: DocumentFacts,
  first: readonly PublishedRow[],
  pages: AsyncGenerator<PublishedRow[], undefined>,
): Promise<PackageDocument> {
  let part: readonly PublishedRow[] | undefined = first;
  const nextPart = async () => {
    const rows = part ?? (await pages.next()).value;
    part = undefined;
    return rows;
  };
  return await workers.run<PackageDocument>("write-document", facts, { lane: "waited", nextPart });
}

async function* readPages(db: Db, ids: readonly string[]): AsyncGenerator<PublishedRow[], undefined> {
  const size = new PageSize();
  for (let start = 0; start < ids.length;) {
    const page = ids.slice(start, start + size.rows);
    start += page.length;
    // The last page is filled up, so that there are few different statements.
    const asked = page.concat(Array<string>(size.rows - page.length).fill(page[0] ?? ""));
    const rows = await size.measure(() => findPublishedRows(db, asked));
    yield page.flatMap((id) => rows.get(id) ?? []);
  }
  return undefined;
}
