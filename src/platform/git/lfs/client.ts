import { AddressRefusedError, HostNotFoundError, IdleTimeoutError, openAnswer } from "../../outbound-http/index.ts";
import type { OpenAnswer } from "../../outbound-http/index.ts";
import { GitError } from "../git-error.ts";
import { LfsFailure, failureOfStatus } from "./failure.ts";
import type { LfsHost } from "./host.ts";

export interface LfsClientOptions {
  /** The addresses of a host that may be connected to; throws what `resolveAllowed` throws. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly signal: AbortSignal;
  /** So long nothing may come; 30 seconds unless told. */
  readonly idleTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 30_000;
const REDIRECTS_MAX = 3;
/** What the connection itself is made of is not for a host to say. */
const OWN_HEADERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|proxy-.*|expect)$/i;

interface Asked {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks the batch API; our credentials go along only to the source's own origin. */
export async function askBatch(host: LfsHost, body: string, options: LfsClientOptions): Promise<OpenAnswer> {
  const url = `${host.url}/objects/batch`;
  const media = "application/vnd.git-lfs+json";
  const headers = { accept: media, "content-type": media, ...authorizationFor(host, url) };
  return await send(url, { method: "POST", headers, body }, options);
}

/**
 * Opens an object where the batch API said it is. That place is usually another host: it gets the headers that came
 * with its address, and our credentials only where it is the source's own origin and asks for some.
 */
export async function openObject(
  host: LfsHost,
  action: { readonly href: string; readonly header: Readonly<Record<string, string>> },
  options: LfsClientOptions,
): Promise<OpenAnswer> {
  let headers: Record<string, string> = { ...plain(action.header), "accept-encoding": "identity" };
  let url = checkedUrl(action.href, host.url);
  for (let redirects = 0; ; redirects++) {
    let answer = await send(url, { method: "GET", headers }, options);
    const own = "authorization" in headers ? {} : authorizationFor(host, url);
    if (answer.status === 401 && "authorization" in own) {
      answer.close();
      answer = await send(url, { method: "GET", headers: { ...headers, ...own } }, options);
    }
    if (answer.status < 300 || answer.status >= 400) {
      if (answer.status === 200) return answer;
      answer.close();
      throw failureOfStatus(answer.status, new URL(url).host, "authorization" in headers || "authorization" in own);
    }
    answer.close();
    const target = answer.headers.location;
    if (target === undefined || redirects >= REDIRECTS_MAX || !URL.canParse(target, url)) {
      throw new LfsFailure(`${new URL(url).host} redirects more than ${REDIRECTS_MAX} times, or to nowhere`);
    }
    const next = checkedUrl(new URL(target, url).href, url);
    // What was meant for one host is not shown to another.
    if (new URL(next).origin !== new URL(url).origin) headers = { "accept-encoding": "identity" };
    url = next;
  }
}

export function authorizationFor({ credentials }: LfsHost, url: string): { authorization?: string } {
  if (credentials?.origin !== new URL(url).origin) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

function plain(header: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(header).filter(([name]) => !OWN_HEADERS.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value]));
}

/** TLS is not given up on the way: what follows from an https URL is https. */
function checkedUrl(text: string, from: string): string {
  const refuse = (why: string) => new LfsFailure(`${new URL(from).host} names a place for it that ${why}`);
  if (!URL.canParse(text)) throw refuse("is no URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("is not an http or https URL");
  if (url.protocol === "http:" && from.startsWith("https:")) throw refuse("is not encrypted (http)");
  if (url.username !== "" || url.password !== "") throw refuse("holds a user name or a password");
  return url.href;
}

async function send(url: string, asked: Asked, options: LfsClientOptions): Promise<OpenAnswer> {
  const { hostname, host } = new URL(url);
  try {
    const addresses = await options.resolve(hostname.replace(/^\[(.*)\]$/, "$1"));
    const { signal, idleTimeoutMs = IDLE_TIMEOUT_MS } = options;
    return await openAnswer({ url, addresses, ...asked, signal, idleTimeoutMs });
  } catch (error) {
    throw connectionFailure(error, host, options.signal);
  }
}

/** What went wrong on the way, in words; the end of our own process stays what it is. */
export function connectionFailure(error: unknown, host: string, signal: AbortSignal): Error {
  if (error instanceof LfsFailure || error instanceof GitError) return error;
  if (signal.aborted) return new GitError("aborted", "the download was stopped");
  if (error instanceof AddressRefusedError) return new LfsFailure(error.message);
  if (error instanceof HostNotFoundError) return new LfsFailure(error.message, { isPassing: true });
  if (error instanceof IdleTimeoutError) {
    return new LfsFailure(`${host} answered too slowly: it is tried again at the next sync`, { isPassing: true });
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new GitError("disk_full", "the disk of DATA_DIR is full: free some space");
  }
  if (/CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO/.test(code)) {
    return new LfsFailure(
      `the TLS certificate of ${host} was not accepted: check the URL, or set NODE_EXTRA_CA_CERTS for a private authority`,
    );
  }
  if (code.startsWith("ERR_INVALID") || code === "ERR_UNESCAPED_CHARACTERS") {
    return new LfsFailure(`${host} asks for something that cannot be sent over HTTP`);
  }
  const how = code === "ECONNREFUSED" ? "does not accept connections" : "broke off the connection";
  return new LfsFailure(`${host} ${how}: it is tried again at the next sync`, { isPassing: true });
}
