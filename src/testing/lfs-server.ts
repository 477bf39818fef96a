import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a batch request. */
  readonly oids: readonly string[];
}

interface Action {
  href: string;
  header?: Record<string, string>;
}

/** A Git LFS host that speaks the batch API, and the place its objects are at, which is another origin. */
export interface LfsServer extends AsyncDisposable {
  /** A repository's objects are asked for at `${url}/acme/core.git/info/lfs`. */
  readonly url: string;
  readonly storageUrl: string;
  /** What the two were asked, in this order. */
  readonly batches: Asked[];
  readonly downloads: Asked[];
  /** Basic authentication for the batch API; undefined is open. */
  credentials: { username: string; password: string } | undefined;
  /** The batch API refuses more objects than this. */
  objectsMax: { count: number; status: number } | undefined;
  /** Answers a batch request in its own way. */
  answerBatch: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** What the batch API says of an object instead of where it is. */
  tell: ((oid: string, action: Action) => object | undefined) | undefined;
  /** Answers a download in its own way. */
  answerDownload: ((oid: string, response: ServerResponse) => void) | undefined;
  /** Puts an object there and returns its pointer, as git has it. */
  put(content: string | Buffer): string;
  remove(pointer: string): void;
}

/** What the storage asks for: the batch API hands it out with each address. */
const STORAGE_TOKEN = "RemoteAuth of-the-storage";

export function pointerTo(content: string | Buffer): string {
  const oid = createHash("sha256").update(content).digest("hex");
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${Buffer.byteLength(content)}\n`;
}

export function oidOf(pointer: string): string {
  return /sha256:([0-9a-f]{64})/.exec(pointer)?.[1] ?? "";
}

/** What is not about Git LFS goes to the git server at `gitUrl`: together they are one host, as vendors have it. */
export async function startLfsServer({ gitUrl }: { gitUrl?: string } = {}): Promise<LfsServer> {
  const objects = new Map<string, Buffer>();
  const api = createServer((incoming, response) => {
    if (gitUrl === undefined || incoming.url?.includes("/info/lfs/") === true) void serveBatch(incoming, response);
    else forward(incoming, response, gitUrl);
  });
  const storage = createServer((incoming, response) => serveObject(incoming, response));
  const url = await listen(api);
  const storageUrl = await listen(storage);
  const noted = (incoming: IncomingMessage, oids: readonly string[] = []): Asked => {
    return { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers, oids };
  };

  const serveBatch = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse((await text(incoming)) || "{}") as { objects?: { oid: string; size: number }[] };
    const asked = body.objects ?? [];
    server.batches.push(
      noted(
        incoming,
        asked.map(({ oid }) => oid),
      ),
    );
    if (server.answerBatch !== undefined) {
      server.answerBatch(incoming, response);
      return;
    }
    const { credentials, objectsMax } = server;
    const answer = (status: number, value: object, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { "content-type": "application/vnd.git-lfs+json", ...headers })
        .end(JSON.stringify(value));
    if (credentials !== undefined) {
      const expected = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
      if (incoming.headers.authorization !== expected) {
        answer(401, { message: "credentials needed" }, { "lfs-authenticate": 'Basic realm="lfs"' });
        return;
      }
    }
    if (objectsMax !== undefined && asked.length > objectsMax.count) {
      answer(objectsMax.status, { message: "too many" });
      return;
    }
    answer(200, { transfer: "basic", objects: asked.map((object) => tellOf(object)) });
  };

  const tellOf = ({ oid, size }: { oid: string; size: number }) => {
    const action: Action = { href: `${storageUrl}/objects/${oid}`, header: { Authorization: STORAGE_TOKEN } };
    const told = server.tell?.(oid, action);
    if (told !== undefined) return { oid, size, ...told };
    if (!objects.has(oid)) return { oid, size, error: { code: 404, message: "Object does not exist" } };
    return { oid, size, authenticated: true, actions: { download: action } };
  };

  const serveObject = (incoming: IncomingMessage, response: ServerResponse) => {
    const oid = (incoming.url ?? "").split("/").at(-1) ?? "";
    server.downloads.push(noted(incoming));
    if (server.answerDownload !== undefined) {
      server.answerDownload(oid, response);
      return;
    }
    const content = objects.get(oid);
    if (incoming.headers.authorization !== STORAGE_TOKEN) response.writeHead(403).end();
    else if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-length": content.length }).end(content);
  };

  const server: LfsServer = {
    url,
    storageUrl,
    batches: [],
    downloads: [],
    credentials: undefined,
    objectsMax: undefined,
    answerBatch: undefined,
    tell: undefined,
    answerDownload: undefined,
    put(content) {
      const pointer = pointerTo(content);
      objects.set(oidOf(pointer), Buffer.from(content));
      return pointer;
    },
    remove: (pointer) => void objects.delete(oidOf(pointer)),
    async [Symbol.asyncDispose]() {
      await Promise.all([close(api), close(storage)]);
    },
  };
  return server;
}

function forward(incoming: IncomingMessage, response: ServerResponse, gitUrl: string): void {
  const { method, headers, url } = incoming;
  const outgoing = request(`${gitUrl}${url ?? ""}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  incoming.pipe(outgoing);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
