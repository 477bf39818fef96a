import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { inTurns } from "./pipelining.ts";

const ask = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: x", ...headers, "", ""].join("\r\n");

test("what a connection sends ahead is answered in its order, and others are answered in between", async () => {
  const begun: string[] = [];
  const other = Promise.withResolvers<true>();
  const server = createServer(
    inTurns((request, response) => {
      begun.push(request.url ?? "");
      if (request.url === "/1") other.resolve(true);
      response.end(`${request.url ?? ""};`);
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [greedy, patient] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  await Promise.all([once(greedy, "connect"), once(patient, "connect")]);
  // As soon as the first one is begun, another connection asks: it need not wait for the other 49.
  void other.promise.then(() => patient.write(ask("/other", "Connection: close")));
  const answered = Promise.all([text(greedy), text(patient)]);
  const all = Array.from({ length: 50 }, (_, index) => `/${index + 1}`);
  greedy.write(all.map((path) => (path === "/50" ? ask(path, "Connection: close") : ask(path))).join(""));
  const [answers, answer] = await answered;
  expect(answers.match(/\/\d+(?=;)/g)).toEqual(all);
  expect(answer).toContain("/other;");
  expect(begun.filter((path) => path !== "/other")).toEqual(all);
  expect(begun.indexOf("/other")).toBeLessThan(25);
  server.close();
});

test("what was sent ahead is not begun when its connection is gone by then", async () => {
  const begun: string[] = [];
  const first = Promise.withResolvers<() => void>();
  const server = createServer(
    inTurns((request, response) => {
      begun.push(request.url ?? "");
      first.resolve(() => response.end());
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const leaving = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [[socket]] = (await Promise.all([once(server, "connection"), once(leaving, "connect")])) as [
    [typeof leaving],
    unknown,
  ];
  leaving.write(ask("/1") + ask("/2") + ask("/3"));
  const answer = await first.promise;
  const gone = once(socket, "close");
  leaving.destroy();
  await gone;
  answer();
  await new Promise((resolve) => server.close(resolve));
  expect(begun).toEqual(["/1"]);
});
