import { AppError } from "../../platform/errors.ts";
import { isInNetworks, isWithinNetworks, readNetwork } from "../../platform/http/networks.ts";
import type { ManagementTokenRow } from "./management-token-queries.ts";

export const NETWORKS_MAX = 100;

/** Where a management token may be used from; null is everywhere. */
export function networksOf(row: Pick<ManagementTokenRow, "allowed_networks">): string[] | null {
  return row.allowed_networks === null ? null : (JSON.parse(row.allowed_networks) as string[]);
}

/** The list as it is stored; an empty one would lock everybody out, and is no list. Throws `request.invalid`. */
export function readNetworks(texts: readonly string[] | null | undefined): string[] | null {
  if (texts === undefined || texts === null || texts.length === 0) return null;
  const networks = texts.map((text) => readNetwork(text));
  const errors = networks.flatMap((network, index) => {
    const detail = "must be an address or a network such as 203.0.113.7 or 203.0.113.0/24";
    return network === undefined ? [{ pointer: `/allowed_networks/${index}`, detail }] : [];
  });
  if (errors.length > 0) {
    const message = errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ");
    throw new AppError("request.invalid", message, { errors });
  }
  return [...new Set(networks.filter((network) => network !== undefined))];
}

/** 403 for a request from elsewhere. The networks themselves are nothing for whoever found the secret. */
export function refuseForeignAddress(row: ManagementTokenRow, address: string): void {
  const networks = networksOf(row);
  if (networks === null || isInNetworks(address, networks)) return;
  throw new AppError(
    "auth.outside_network",
    `This management token may not be used from ${address}; an owner or admin can allow that network.`,
  );
}

/** Whether some address may use it afterwards that could not before. */
export function isWider(after: readonly string[] | null, before: readonly string[] | null): boolean {
  if (before === null) return false;
  return after === null || after.some((network) => !isWithinNetworks(network, before));
}
