import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export interface RawOptions {
  /** Ends our side after the request, as a client that half-closes does. */
  readonly halfClose?: boolean;
  /** How long an answer may take before the test fails (default 10 s). */
  readonly timeoutMs?: number;
}

/** Opens a connection whose errors are nobody's business: hostile clients get reset. */
export function openRaw(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  return socket;
}

/** Sends bytes no HTTP client would send, and returns everything that came back until the server hung up. */
export async function sendRaw(url: string, bytes: string | Buffer, options: RawOptions = {}): Promise<string> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const socket = openRaw(url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const received = () => Buffer.concat(chunks).toString("latin1");
  const timer = setTimeout(() => {
    reject(new Error(`The server kept the connection open for ${timeoutMs} ms. It said: ${received().slice(0, 500)}`));
    socket.destroy();
  }, timeoutMs);
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.once("close", () => {
    clearTimeout(timer);
    resolve(received());
  });
  if (options.halfClose === true) socket.end(bytes);
  else socket.write(bytes);
  return await promise;
}

/** Takes the answers apart that came on one connection, by their lengths, and fails on bytes that belong to none. */
export function parseAnswers(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(rest)?.[1];
    if (end === -1 || status === undefined) throw new Error(`This is no answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const head = rest.slice(0, end);
    const from = rest.slice(end + 4);
    const length = Number(/^content-length: (\d+)\r?$/im.exec(head)?.[1] ?? "0");
    const isChunked = /^transfer-encoding: chunked/im.test(head);
    const size = isChunked ? from.indexOf("0\r\n\r\n") + 5 : ["204", "304", "100"].includes(status) ? 0 : length;
    const body = from.slice(0, size);
    answers.push({ status: Number(status), head, body });
    rest = from.slice(size);
  }
  return answers;
}

/** A figure of /proc/PID/status in bytes, such as VmRSS. */
export function memoryOf(pid: number, field: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** The processes this one started whose command line has the words in it; the server's is `serve`. */
export function childProcessesWith(words: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = /^\d+ \(.*\) \S (\d+) /s.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1];
        const commandLine = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return Number(parent) === process.pid && commandLine.includes(words);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Open files of a process whose path ends so. */
export function openFilesOf(pid: number, suffix: string): number {
  return readdirSync(`/proc/${pid}/fd`).filter((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`).endsWith(suffix);
    } catch {
      return false;
    }
  }).length;
}
