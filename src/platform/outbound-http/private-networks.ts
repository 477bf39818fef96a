import ipaddr from "ipaddr.js";
import type { IPv4, IPv6 } from "ipaddr.js";
import { embeddedIn } from "./embedded-addresses.ts";

/** Of an operator's own network: what may be connected to. */
export interface PrivateNetworks {
  /** Lower-case names; one that begins with a dot stands for every name that ends so. */
  readonly hosts: readonly string[];
  readonly ranges: readonly (readonly [IPv4 | IPv6, number])[];
}

/** All of it, nothing of it, or what is listed. */
export type AllowedNetworks = boolean | PrivateNetworks;

const HOST = /^(\*\.)?(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*$/i;

/** Whether it is an address, a CIDR range, a host name, or `*.` and the end of one. */
export function isNetworkOrHost(entry: string): boolean {
  return rangeOf(entry) !== undefined || (HOST.test(entry) && !/^[\d.]+$/.test(entry));
}

export function readPrivateNetworks(entries: readonly string[]): PrivateNetworks {
  const hosts = entries.filter((entry) => rangeOf(entry) === undefined);
  return {
    hosts: hosts.map((entry) => entry.toLowerCase().replace(/^\*\./, ".")),
    ranges: entries.flatMap((entry) => {
      const range = rangeOf(entry);
      return range === undefined ? [] : [range];
    }),
  };
}

/** Whether a private address, which this name was found to have, may be connected to. */
export function isAllowed(networks: AllowedNetworks, host: string, address: IPv4 | IPv6): boolean {
  if (typeof networks === "boolean") return networks;
  const name = host.toLowerCase().replace(/\.$/, "");
  if (networks.hosts.some((one) => (one.startsWith(".") ? name.endsWith(one) : name === one))) return true;
  return spellingsOf(address).some((spelling) =>
    networks.ranges.some(([network, bits]) => spelling.kind() === network.kind() && spelling.match(network, bits)),
  );
}

function spellingsOf(address: IPv4 | IPv6): (IPv4 | IPv6)[] {
  const embedded = address.kind() === "ipv6" ? embeddedIn(address as IPv6) : undefined;
  return [address, ...(embedded?.kind === "translated" ? embedded.addresses.map((inner) => ipaddr.parse(inner)) : [])];
}

function rangeOf(entry: string): [IPv4 | IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  // Numbers that only a resolver takes for an address, such as 10.1, are typing errors here.
  if (!entry.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(entry)) return undefined;
  if (!ipaddr.isValid(entry)) return undefined;
  const address = ipaddr.parse(entry);
  return [address, address.kind() === "ipv6" ? 128 : 32];
}
