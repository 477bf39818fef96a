import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startTestServer } from "./testing/test-server.ts";

// A customer who reads slowly, or an attacker, must not keep a server from being restarted.
test("a stop ends after its grace although a request is still under way, and writes what was counted before", async () => {
  await using server = await startTestServer("sqlite");
  const shop = await server.createManagementToken();
  const { token } = (await server.api("POST", "/api/tokens", shop, { description: "x" })).json() as { token: string };
  await server.composer("/packages.json", token);
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  const head = [
    "POST /api/tokens HTTP/1.1",
    "Host: x",
    `Authorization: Bearer ${shop}`,
    "Content-Type: application/json",
  ];
  socket.write([...head, "Content-Length: 100", "", "{"].join("\r\n"));
  await once(socket, "connect");
  // Answered on another connection: the server has read the first one's head by then.
  await server.api("GET", "/api/tokens", shop);
  const closed = once(socket, "close");
  await server.stop(50);
  await closed;
  const usage = await server.core.database.db.selectFrom("token_usage").select("requests").execute();
  expect(usage).toEqual([{ requests: 1 }]);
  const unsealed = await server.core.database.db
    .selectFrom("audit_events")
    .where("sequence", "is", null)
    .selectAll()
    .execute();
  expect(unsealed).toEqual([]);
});
