import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import { startGitHttpServer } from "./git-http-server.ts";

/** What git asks for: the capabilities, the refs, the objects. */
export type GitQuestion = "capabilities" | "refs" | "objects";

/** Takes an answer over: sends what it likes, or nothing ever. `honest` is what the real git server says. */
export type Tamper = (response: ServerResponse, honest: () => Promise<Buffer>) => void | Promise<void>;

export interface HostileGitServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: GitQuestion[];
  /** From now on, by question; what is not named is answered honestly. */
  tamper: Partial<Record<GitQuestion, Tamper>>;
}

/** A real git server behind one that lies when it is told to. */
export async function startHostileGitServer(root: string): Promise<HostileGitServer> {
  const honest = await startGitHttpServer({ root });
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const isPost = request.method === "POST";
      const question = !isPost ? "capabilities" : body.includes("command=ls-refs") ? "refs" : "objects";
      hostile.asked.push(question);
      const { host: _host, "transfer-encoding": _encoding, ...headers } = request.headers;
      const ask = () =>
        fetch(honest.url + (request.url ?? ""), {
          method: request.method ?? "GET",
          headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
          ...(isPost ? { body: new Uint8Array(body) } : {}),
        });
      const type = isPost ? "application/x-git-upload-pack-result" : "application/x-git-upload-pack-advertisement";
      response.setHeader("content-type", type);
      const answer = async () => Buffer.from(await (await ask()).arrayBuffer());
      const tamper = hostile.tamper[question];
      if (tamper === undefined) response.end(await answer());
      else await tamper(response, answer);
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hostile: HostileGitServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    tamper: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await honest.close();
    },
  };
  return hostile;
}

export const FLUSH = Buffer.from("0000");

/** A line of git's protocol: its length, then its bytes. */
export function packetLine(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

/** Sends chunks for as long as the other side takes them. */
export async function sendEndlessly(response: ServerResponse, chunk: () => Buffer): Promise<void> {
  while (!response.destroyed) {
    // A reader that is as fast as we are would else let nothing of this process but this loop run.
    await setImmediate();
    if (response.write(chunk())) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off("drain", go).off("close", go);
        resolve();
      };
      response.on("drain", go).on("close", go);
    });
  }
}

/** The beginning of a pack whose first object is a blob that never ends, and the piece that is repeated. */
export function endlessPack(): { readonly start: Buffer; readonly more: Buffer } {
  const head = Buffer.from([...Buffer.from("PACK"), 0, 0, 0, 2, 0, 0, 0, 1]);
  // A blob of 2^45 bytes: four bits of its size in the first byte, seven in each other; then a zlib stream.
  const size = Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
  const stored = Buffer.concat([Buffer.from([0x00, 0x00, 0x80, 0xff, 0x7f]), Buffer.alloc(0x8000, 0x61)]);
  const onBand = (bytes: Buffer) => packetLine(Buffer.concat([Buffer.from([1]), bytes]));
  return {
    start: Buffer.concat([packetLine("packfile\n"), onBand(Buffer.concat([head, size, Buffer.from([0x78, 0x01])]))]),
    more: onBand(stored),
  };
}
