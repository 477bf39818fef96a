import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/** Longer chains of proxies are nobody's set-up. */
const HOPS_MAX = 20;

/** Answers kept, about 2 MB: the same few clients ask over and over, and reading an address costs more than the rest. */
const REMEMBERED_MAX = 10_000;
const REMEMBERED_LENGTH_MAX = 200;

/** Tells from which address a request comes. */
export type ClientAddress = (request: Pick<IncomingMessage, "headers" | "socket">) => string;

/**
 * The address of the socket, or, when that is a trusted proxy's, the last one in `X-Forwarded-For` that is not. Whoever
 * is not trusted can write what they like into that header without being believed.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const isTrusted = trustIn(trustedProxies);
  const hasProxies = trustedProxies.length > 0;
  const read = (peer: string, header: string) => {
    let address = plain(peer);
    if (!hasProxies) return address;
    const forwarded = header.split(",").slice(-HOPS_MAX);
    while (isTrusted(address)) {
      const before = withoutPort(forwarded.pop()?.trim() ?? "");
      if (!ipaddr.isValid(before)) break;
      address = plain(before);
    }
    return address;
  };
  const remembered = new Map<string, string>();
  return (request) => {
    const peer = request.socket.remoteAddress ?? "";
    const header = !hasProxies ? "" : String(request.headers["x-forwarded-for"] ?? "");
    const key = header === "" ? peer : `${peer} ${header}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const address = read(peer, header);
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    if (key.length <= REMEMBERED_LENGTH_MAX) remembered.set(key, address);
    return address;
  };
}

/** Whether an address is one of these, or in one of these ranges. */
export function trustIn(addressesOrRanges: readonly string[]): (address: string) => boolean {
  const ranges = addressesOrRanges.map((entry) =>
    entry.includes("/") ? ipaddr.parseCIDR(entry) : wholeAddress(ipaddr.process(entry)),
  );
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  };
}

/** Some proxies write the port as well: `198.51.100.1:49152`, `[2001:db8::1]:49152`. */
function withoutPort(text: string): string {
  const match = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i.exec(text);
  return match?.[1] ?? match?.[2] ?? text;
}

function wholeAddress(address: ipaddr.IPv4 | ipaddr.IPv6): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

/** An IPv4 address that arrived on an IPv6 socket is the IPv4 address. */
function plain(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : text;
}
