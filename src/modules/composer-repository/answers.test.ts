import { createServer, get, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sendView } from "./answers.ts";
import type { View } from "./view.ts";

const MB = 1024 * 1024;

async function serve(view: View) {
  const server = createServer((request, response) => sendView({ request, response, rateLimit: undefined }, view));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { server, url, [Symbol.asyncDispose]: close };
}

async function answerOf(sent: ReturnType<typeof request>): Promise<IncomingMessage> {
  const [answer] = (await once(sent.end(), "response")) as [IncomingMessage];
  return answer;
}

const viewOf = (body: Buffer): View => ({
  gzipped: gzipSync(body).toString("latin1"),
  length: body.length,
  lastModified: "Sat, 01 Jan 2000 00:00:00 GMT",
});

// Unpacking for a header that nobody reads the body of was what a buyer could stop the server with.
test("HEAD is answered from the stored length: what cannot be unpacked is not unpacked", async () => {
  await using place = await serve({ gzipped: "this is no gzip", length: 123_456_789, lastModified: "date" });
  const answer = await answerOf(request(place.url, { method: "HEAD", headers: { "accept-encoding": "identity" } }));
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({ "content-length": "123456789", "last-modified": "date" });
  expect(answer.headers).not.toHaveProperty("content-encoding");
});

test("GET without gzip sends the same bytes with the same headers, in pieces", async () => {
  const body = Buffer.from(Array.from({ length: 200_000 }, (_, index) => `line ${index}`).join("\n"));
  await using place = await serve(viewOf(body));
  const answer = await answerOf(get(place.url, { headers: { "accept-encoding": "identity" } }));
  const chunks = (await answer.toArray()) as Buffer[];
  expect(Buffer.concat(chunks).equals(body)).toBe(true);
  expect(answer.headers["content-length"]).toBe(String(body.length));
  expect(answer.headers["content-type"]).toBe("application/json");
});

test("no more is unpacked than a slow client takes, and nothing after it has left", async () => {
  await using place = await serve(viewOf(Buffer.alloc(64 * MB)));
  const connected = once(place.server, "connection");
  const sent = get(place.url, { headers: { "accept-encoding": "identity" } });
  const [socket] = (await connected) as [Socket];
  const answer = await answerOf(sent);
  await once(answer, "readable");
  // It reads a first piece and no more.
  expect(answer.read(1)).not.toBeNull();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  sent.destroy();
  await closed;
  expect(socket.bytesWritten).toBeLessThan(16 * MB);
});
