import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { findRedirectTarget } from "./index.ts";

async function ask(listener: RequestListener): Promise<string | undefined> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const target = await findRedirectTarget(`http://no-such-host.invalid:${port}/a.git`, ["127.0.0.1"]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return target;
}

test("a redirect's target is told in full, without a password, and from the checked address", async () => {
  expect(await ask((_, response) => response.writeHead(301, { location: "https://u:p@new.example/a.git" }).end())).toBe(
    "https://new.example/a.git",
  );
  expect(await ask((_, response) => response.writeHead(302, { location: "/b.git" }).end())).toMatch(/:\d+\/b\.git$/);
});

test("anything else has no target", async () => {
  expect(await ask((_, response) => response.end("x"))).toBeUndefined();
  expect(await ask((_, response) => response.writeHead(302).end())).toBeUndefined();
  expect(await ask((request) => request.socket.destroy())).toBeUndefined();
  expect(await findRedirectTarget("http://example.com/", [])).toBeUndefined();
});
