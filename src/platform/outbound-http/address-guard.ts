import { lookup as dnsLookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import type { IPv4, IPv6 } from "ipaddr.js";
import { embeddedIn } from "./embedded-addresses.ts";
import { isAllowed } from "./private-networks.ts";
import type { AllowedNetworks } from "./private-networks.ts";

/** Answers every address of a name, as `dns.lookup` with `all` does. */
export type Lookup = (host: string) => Promise<readonly { address: string }[]>;

export interface AddressGuardOptions {
  /** Of loopback and private addresses. */
  readonly allowPrivateNetworks: AllowedNetworks;
  /** What somebody wants to be there, for the message; "sources" unless told. */
  readonly purpose?: string;
  /** The list of networks and hosts for it, for the message; that of sources unless told. */
  readonly setting?: string;
  /** For tests; the system's resolver otherwise, which also reads numbers such as `0x7f.1` the way connect() does. */
  readonly lookup?: Lookup;
}

/** An address nobody may be sent to. The message is one line with the remedy, if there is one. */
export class AddressRefusedError extends Error {
  override readonly name = "AddressRefusedError";
}

/** The name server knows no such host, or does not answer. */
export class HostNotFoundError extends Error {
  override readonly name = "HostNotFoundError";
}

type Verdict = "public" | "private" | "never";

/** Cloud metadata services outside the link-local range: they hand credentials of the machine to whoever asks. */
const METADATA_ADDRESSES = ["100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"].map(
  (address) => ipaddr.parse(address).toNormalizedString(),
);

const NEVER_ALLOWED_RANGES = new Set(["linkLocal", "multicast", "unspecified", "broadcast"]);

/** Whether an address is on the public Internet; one that nobody may be sent to is not. */
export function isPublicAddress(address: string): boolean {
  return judge(address) === "public";
}

/**
 * Resolves a host and refuses it when any of its addresses is one this server must not be sent to. Whoever connects
 * uses the returned addresses, so that a second answer of DNS changes nothing.
 */
export async function resolveAllowed(host: string, options: AddressGuardOptions): Promise<string[]> {
  const lookup = options.lookup ?? ((name) => dnsLookup(name, { all: true, order: "ipv4first" }));
  const { purpose = "sources", setting = "SOURCE_PRIVATE_NETWORKS" } = options;
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  let addresses: string[];
  try {
    addresses = (await lookup(bare)).map(({ address }) => address);
  } catch (cause) {
    throw new HostNotFoundError(`the host ${host} was not found: check the URL and the name server`, { cause });
  }
  if (addresses.length === 0) throw new HostNotFoundError(`the host ${host} has no address: check the URL`);
  for (const address of addresses) {
    const verdict = judge(address);
    const what = address === bare ? address : `${host} (${address})`;
    if (verdict === "never") {
      throw new AddressRefusedError(
        `${what} is a link-local, metadata or other special address: no ${purpose} may be there`,
      );
    }
    if (verdict === "private" && !isAllowed(options.allowPrivateNetworks, bare, ipaddr.parse(address))) {
      throw new AddressRefusedError(
        `${what} is a loopback or private address: add it to ${setting}, or start the server and the commands with ALLOW_PRIVATE_NETWORKS=1, to allow ${purpose} in your own network`,
      );
    }
  }
  return addresses;
}

function judge(text: string): Verdict {
  if (!ipaddr.isValid(text)) return "never";
  const address = ipaddr.parse(text);
  if (METADATA_ADDRESSES.includes(address.toNormalizedString())) return "never";
  const range: string = address.range();
  if (NEVER_ALLOWED_RANGES.has(range)) return "never";
  if (!isIPv6(address)) return range === "unicast" ? "public" : "private";
  return judgeByEmbedded(address, range === "unicast" && isGlobalUnicast(address) ? "public" : "private");
}

/** `2000::/3`, of which all public IPv6 addresses are; `::7f00:1` and what nobody has given out yet are "unicast" as well. */
function isGlobalUnicast(address: IPv6): boolean {
  return ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** An IPv6 address that carries an IPv4 one leads there, so the inner one is judged as well. */
function judgeByEmbedded(address: IPv6, own: "public" | "private"): Verdict {
  const embedded = embeddedIn(address);
  if (embedded === undefined) return own;
  const inner = embedded.addresses.map(judge);
  if (inner.includes("never")) return "never";
  if (inner.includes("private")) return "private";
  // Only translators that every IPv6-only network has may lead to the public Internet.
  return embedded.kind === "translated" ? "public" : own;
}

function isIPv6(address: IPv4 | IPv6): address is IPv6 {
  return address.kind() === "ipv6";
}
