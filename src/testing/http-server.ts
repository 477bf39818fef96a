import { createClientAddress, createProxies } from "../platform/http/index.ts";
import { createLogger } from "../platform/log/logger.ts";
import { createTestClock } from "./clock.ts";

/** What a bare HTTP server needs besides its routes: plain HTTP, no limits, no proxy. */
export function bareHttpOptions(logger = createLogger("silent", { write: () => undefined })) {
  return {
    logger,
    clock: createTestClock(),
    version: "0.0.0",
    tls: undefined,
    strictTransport: undefined,
    clientAddress: createClientAddress([]),
    proxies: createProxies([], logger),
    connections: { perAddress: 0, total: 0 },
    handleFirst: () => false,
  };
}
