import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from "node:http";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cleanEnvironment, missingTool, runToolOrFail } from "./processes.ts";

/** One request that a git client made. `status` is 0 while it is being answered. */
interface GitRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  status: number;
}

/** What the server asks for with Basic auth. */
interface GitCredentials {
  readonly username: string;
  readonly password: string;
}

/** A git server as a vendor's hosting would be: the real `git http-backend` behind HTTP. */
export interface GitHttpServer extends AsyncDisposable {
  /** Without a slash at the end: a repository is at `${url}/acme/core.git`. */
  readonly url: string;
  /** Every request so far, refused ones too; set its length to 0 to count anew. */
  readonly requests: GitRequest[];
  /** What is asked for from now on: a test may change the password, or open the server with undefined. */
  credentials: GitCredentials | undefined;
  readonly close: () => Promise<void>;
}

/** Where the repositories are, and who may read them. */
export interface GitHttpServerOptions {
  /** A directory of bare repositories, at any depth. */
  readonly root: string;
  readonly username?: string;
  /** Without a password everybody may read. */
  readonly password?: string;
}

type Backend = ChildProcessByStdio<Writable, Readable, null>;

/** Starts a git server on a free loopback port. */
export async function startGitHttpServer(options: GitHttpServerOptions): Promise<GitHttpServer> {
  const program = await findBackend();
  const running = new Set<Backend>();
  const requests: GitRequest[] = [];
  const server = createServer((request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const record: GitRequest = { method, path: url, headers, status: 0 };
    requests.push(record);
    response.once("close", () => (record.status = response.statusCode));
    if (!isAllowed(request, gitServer.credentials)) {
      request.resume();
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end("Authentication required\n");
      return;
    }
    const child = startBackend(program, options.root, request);
    running.add(child);
    child.once("close", () => running.delete(child));
    void answer(child, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The git server has no port.");
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    const ends = [...running].map(async (child) => {
      const end = once(child, "close");
      child.kill("SIGKILL");
      await end;
    });
    await Promise.all([closed, ...ends]);
  };
  const gitServer: GitHttpServer = {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    credentials:
      options.password === undefined ? undefined : { username: options.username ?? "git", password: options.password },
    close,
    [Symbol.asyncDispose]: close,
  };
  return gitServer;
}

async function findBackend(): Promise<string> {
  const program = path.join((await runToolOrFail("git", ["--exec-path"])).trim(), "git-http-backend");
  try {
    await access(program);
  } catch {
    throw missingTool(program, "git");
  }
  return program;
}

function isAllowed(request: IncomingMessage, credentials: GitCredentials | undefined): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  return request.headers.authorization === `Basic ${expected}`;
}

function startBackend(program: string, root: string, request: IncomingMessage): Backend {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const variables: Record<string, string | undefined> = {
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GATEWAY_INTERFACE: "CGI/1.1",
    SERVER_PROTOCOL: "HTTP/1.1",
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REMOTE_ADDR: request.socket.remoteAddress,
    CONTENT_TYPE: request.headers["content-type"],
    // A chunked request has no length; without the variable git reads to the end of its input.
    CONTENT_LENGTH: request.headers["content-length"],
    // git clients compress what they want once there are many refs, and the back end unpacks it by this header.
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
    GIT_PROTOCOL: headerText(request.headers["git-protocol"]),
  };
  const known = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return spawn(program, [], {
    env: cleanEnvironment(Object.fromEntries(known)),
    stdio: ["pipe", "pipe", "ignore"],
  });
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(":") : value;
}

async function answer(child: Backend, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that goes away must not leave a `git upload-pack` behind that packs for nobody.
  response.once("close", () => child.kill("SIGKILL"));
  // The back end may refuse before it has read the body; the answer matters then, not the broken pipe.
  pipeline(request, child.stdin).catch(() => undefined);
  try {
    await pipeline(readCgi(child.stdout, response), response);
  } catch {
    // The client is gone, or the back end ended without an answer: all there is left to do is to hang up.
    response.destroy();
  }
}

/** Takes the CGI headers off the front of the stream and yields the rest as it comes. */
async function* readCgi(stream: Readable, response: ServerResponse): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) continue;
    writeHead(head.subarray(0, end).toString("latin1"), response);
    yield head.subarray(end + 4);
    head = undefined;
  }
  if (head !== undefined) throw new Error("git http-backend ended without an answer.");
}

function writeHead(head: string, response: ServerResponse): void {
  response.statusCode = 200;
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}
