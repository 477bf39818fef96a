import type { Server } from "node:http";
import type { Socket } from "node:net";
import { SUBSCRIBER, networkOf } from "./network-of.ts";

export interface ConnectionLimits {
  /** Of one address, IPv6 of one /64; 0: no limit. */
  perAddress: number;
  /** Of all; 0: no limit. */
  total: number;
}

/**
 * Ends connections past the limit of their address at once, before a byte of them is read. An address that `isProxy`
 * carries everybody and is let alone.
 */
export function limitConnections(
  server: Server,
  { perAddress, total }: ConnectionLimits,
  { isProxy, refused }: { isProxy: (address: string) => boolean; refused: (network: string) => void },
): void {
  // Node closes what comes past it.
  if (total > 0) server.maxConnections = total;
  if (perAddress === 0) return;
  const open = new Map<string, number>();
  // With TLS this is the connection before its handshake, which is the dearest part of it.
  server.on("connection", (socket: Socket) => {
    const { remoteAddress } = socket;
    // It was gone before it was looked at.
    if (remoteAddress === undefined) return;
    if (isProxy(remoteAddress)) return;
    const network = networkOf(remoteAddress, SUBSCRIBER);
    const count = open.get(network) ?? 0;
    if (count >= perAddress) {
      socket.destroy();
      refused(network);
      return;
    }
    open.set(network, count + 1);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left === 0) open.delete(network);
      else open.set(network, left);
    });
  });
}
