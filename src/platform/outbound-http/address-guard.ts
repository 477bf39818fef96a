import { lookup as dnsLookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import type { IPv4, IPv6 } from "ipaddr.js";

/** Answers every address of a name, as `dns.lookup` with `all` does. */
export type Lookup = (host: string) => Promise<readonly { address: string }[]>;

export interface AddressGuardOptions {
  readonly allowPrivateNetworks: boolean;
  /** What somebody wants to be there, for the message; "sources" unless told. */
  readonly purpose?: string;
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
  const { purpose = "sources" } = options;
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
    if (verdict === "private" && !options.allowPrivateNetworks) {
      throw new AddressRefusedError(
        `${what} is a loopback or private address: start the server and the commands with ALLOW_PRIVATE_NETWORKS=1 to allow ${purpose} in your own network`,
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
  if (range === "unicast" && (!isIPv6(address) || isGlobalUnicast(address))) return "public";
  if (NEVER_ALLOWED_RANGES.has(range)) return "never";
  return isIPv6(address) ? judgeSpecialIPv6(address) : "private";
}

/** `2000::/3`, of which all public IPv6 addresses are; `::7f00:1` and what nobody has given out yet are "unicast" as well. */
function isGlobalUnicast(address: IPv6): boolean {
  return ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** An IPv6 address that carries an IPv4 one leads there, so the inner one is judged as well. */
function judgeSpecialIPv6(address: IPv6): Verdict {
  const bytes = address.toByteArray();
  const embedded: Record<string, number[]> = {
    ipv4Mapped: bytes.slice(12),
    rfc6145: bytes.slice(12),
    rfc6052: bytes.slice(12),
    "6to4": bytes.slice(2, 6),
    // The client's address is stored inverted.
    teredo: bytes.slice(12).map((byte) => byte ^ 0xff),
  };
  const inner =
    embedded[address.range()] ?? (bytes.slice(0, 12).every((byte) => byte === 0) ? bytes.slice(12) : undefined);
  // `::1` is the only address below `::/96` that means something else than an IPv4 address.
  if (inner === undefined || address.range() === "loopback") return "private";
  const verdict = judge(inner.join("."));
  // Only translators that every IPv6-only network has may lead to the public Internet.
  return verdict === "public" && !["ipv4Mapped", "rfc6052"].includes(address.range()) ? "private" : verdict;
}

function isIPv6(address: IPv4 | IPv6): address is IPv6 {
  return address.kind() === "ipv6";
}
