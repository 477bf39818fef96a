import { compareForListing } from "../../composer/index.ts";
import type { PublishedRow } from "./composer-repository-queries.ts";
import { PackageDocumentWriter } from "./package-document.ts";
import type { DocumentFacts, PackageDocument } from "./package-document.ts";

/** Runs in a worker thread: so nothing is imported here that opens or starts anything. */
export const documentTasks = {
  async "write-document"(
    facts: DocumentFacts,
    pages: AsyncIterable<readonly PublishedRow[]>,
  ): Promise<PackageDocument> {
    const writer = new PackageDocumentWriter(facts);
    for await (const rows of pages) await writer.add(rows);
    return await writer.end();
  },

  /** The positions of normalized versions in the order of a list. */
  "sort-versions"(versions: readonly string[]): Uint32Array {
    const order = versions.map((version, position) => ({ version, position }));
    order.sort((a, b) => compareForListing(a.version, b.version));
    return Uint32Array.from(order, ({ position }) => position);
  },
};
