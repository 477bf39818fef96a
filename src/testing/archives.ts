import { createHash } from "node:crypto";
import { join } from "node:path";
import { createFileBlobStore } from "../platform/blobs/index.ts";
import type { TestServer } from "./test-server.ts";

/** Stores an archive as if it had been built before, for tests that need no git. */
export async function storeArchive(
  server: TestServer,
  packageId: string,
  reference: string,
  bytes: Buffer,
): Promise<void> {
  const { config, database } = server.core;
  const blobs = await createFileBlobStore(join(config.dataDir, "archives"), () => 0);
  const blobKey = `${reference.slice(0, 2)}/${packageId}/${reference}.zip`;
  await blobs.put(blobKey, bytes);
  await database.db
    .insertInto("archives")
    .values({
      ...{ package: packageId, reference, blob_key: blobKey, created_at: 1 },
      ...{ sha1: createHash("sha1").update(bytes).digest("hex"), size_bytes: bytes.length },
    })
    .execute();
}
