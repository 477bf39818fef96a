import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { manyFiles, plantBomb } from "../../../e2e/support/bombs.ts";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { storeArchive } from "../../testing/archives.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";
import { mirrorDirectory } from "../packages/index.ts";

const HEX = "0123456789abcdef0123456789abcdef01234567";
const ZIP = Buffer.from("PK\u0003\u0004 not really a zip, but the same bytes for ever");

describe.each(testEngines)("/dist on %s", (engine) => {
  test("serves the stored bytes, private and immutable, whole and by their length", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const packageId = await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", reference: HEX }]);
    await storeArchive(server, packageId, HEX, ZIP);
    const { id, token } = await sellToken(server, shop);
    const headers = { authorization: `Bearer ${token}` };
    for (const path of [`/dist/acme/core/${HEX}.zip`, `/dist/Acme/Core/${HEX.toUpperCase()}.zip`]) {
      const answer = await fetch(server.url + path, { headers });
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(ZIP);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        ...{ "content-type": "application/zip", "content-length": String(ZIP.length) },
        ...{ "cache-control": "private, max-age=31536000, immutable", vary: "Authorization" },
        "content-disposition": 'attachment; filename="acme-core-0123456789ab.zip"',
      });
    }
    const head = await fetch(`${server.url}/dist/acme/core/${HEX}.zip`, { method: "HEAD", headers });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(ZIP.length), ""]);
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({
      usage: { downloads_total: 2, requests_total: 3 },
    });
    const days = await server.core.database.db.selectFrom("version_downloads").selectAll().execute();
    expect(days).toMatchObject([{ token: id, version_normalized: "1.0.0.0", downloads: 2, installs: 0 }]);
  });

  // A lock file written years ago must go on installing for who may have that version.
  test("goes on serving a withdrawn version, and a reference of several versions if any of them is covered", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    const { id, token } = await sellToken(server, await server.createManagementToken());
    const packageId = await hostPackage(database, "acme/core", [
      { version: "1.0.0", reference: HEX, isWithdrawn: true, releasedAt: 1_700_000_000 },
      { version: "1.0.1", reference: HEX, releasedAt: 1_790_000_000 },
    ]);
    await storeArchive(server, packageId, HEX, ZIP);
    const read = async () => (await server.composer(`/dist/acme/core/${HEX}.zip`, token)).status;
    const setUpdatesUntil = (updates_until: number) =>
      database.transaction(async (trx, changed) => {
        await trx.updateTable("grants").set({ updates_until }).where("token", "=", id).execute();
        changed(`token:${id}`);
      });
    expect(await read()).toBe(200);
    await setUpdatesUntil(1_750_000_000);
    expect(await read()).toBe(200);
    await setUpdatesUntil(1_600_000_000);
    expect(await read()).toBe(402);
  });

  test("an archive that cannot be made now is 503 with a warning and a request id, and no inner detail", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", reference: HEX }]);
    const answer = await server.composer(`/dist/acme/core/${HEX}.zip`, token);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([503, "application/json"]);
    const { warning } = answer.json() as { warning: string };
    expect(warning).toMatch(/^The archive cannot be built at the moment\. Try again later\. \(req_\w+\)$/);
    const id = /req_\w+/.exec(warning)?.[0] ?? "none";
    expect(server.logLines.filter((line) => line.includes(id))).toHaveLength(1);
    // Composer tries again by itself; nothing is tried for it before the back-off is over.
    const again = await server.composer(`/dist/acme/core/${HEX}.zip`, token);
    expect([again.status, again.headers.get("retry-after")]).toEqual([503, "10"]);
  });

  test("an archive that can never be made is 404 with a sentence that composer prints, and no inner detail", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    const { database, config } = server.core;
    const packageId = await hostPackage(database, "acme/core", [{ version: "1.0.0", reference: HEX }]);
    const { source } = await database.db
      .selectFrom("packages")
      .select("source")
      .where("id", "=", packageId)
      .executeTakeFirstOrThrow();
    const { directory } = await GitRepository.create(mirrorDirectory(config.dataDir, source ?? ""));
    const innermost = await manyFiles(directory, 10, "<?php");
    const bomb = { innermost, width: 10, levels: 8, composerJson: "{}" };
    const reference = await plantBomb(directory, "1.0.0", bomb);
    await database.db.updateTable("versions").set({ reference }).execute();
    for (let time = 0; time < 2; time++) {
      const answer = await server.composer(`/dist/acme/core/${reference}.zip`, token);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/json"]);
      const { warning } = answer.json() as { warning: string };
      expect(warning).toMatch(
        /^The archive of this version cannot be made from its repository\. Tell the vendor\. \(req_\w+\)$/,
      );
    }
    expect(server.logLines.filter((line) => line.includes("more than 100,000 files (ARCHIVE_MAX_FILES)"))).toHaveLength(
      1,
    );
  });

  test("a customer who leaves while an archive is built is told to who builds it, and is no error", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", reference: HEX }]);
    const [asked, ended] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    server.core.archives.openArchive = (_key, left) =>
      new Promise((_resolve, reject) => {
        left?.addEventListener("abort", () => {
          ended.resolve(undefined);
          reject(left.reason as Error);
        });
        asked.resolve(undefined);
      });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () =>
      socket.write(`GET /dist/acme/core/${HEX}.zip HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    );
    await asked.promise;
    socket.destroy();
    await ended.promise;
    expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test("a customer who breaks off a download is no error, and leaves nothing open", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    const packageId = await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", reference: HEX }]);
    await storeArchive(server, packageId, HEX, Buffer.alloc(30_000_000, 1));
    const port = Number(new URL(server.url).port);
    const { http } = server.application;
    const openConnections = () =>
      new Promise((resolve) => http.server.getConnections((_error, count) => resolve(count)));
    const before = await openConnections();
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, "127.0.0.1", () =>
          socket.write(`GET /dist/acme/core/${HEX}.zip HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`),
        );
        socket.once("data", () => socket.destroy());
        socket.once("close", () => resolve());
      });
    }
    const deadline = performance.now() + 5_000;
    while ((await openConnections()) !== before && performance.now() < deadline) await setTimeout(20);
    expect(await openConnections()).toBe(before);
    expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
