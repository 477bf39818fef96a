import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { limitConnections } from "./connection-limits.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import { inTurns } from "./pipelining.ts";
import { lingerOverUnreadBody } from "./lingering-close.ts";
import type { Proxies } from "./proxies.ts";

const HEADER_BYTES_MAX = 16 * 1024;
/** As long as headers may take: before its end nothing else is timed. */
const HANDSHAKE_MS = 10_000;
/** Networks whose connections were refused, of which a line is written. */
const TOLD_MAX = 100;
/** How often a renewed certificate is looked for. */
const CERTIFICATE_CHECK_MS = 60_000;

/** How long a client may take, in milliseconds. */
export interface HttpTimeouts {
  /** Between two requests. */
  readonly keepAliveTimeout: number;
  /** For the headers, from their first byte on. */
  readonly headersTimeout: number;
  /** For the whole request. */
  readonly requestTimeout: number;
  /** How often the two are looked at; Node's own 30 seconds would more than double the first. */
  readonly connectionsCheckingInterval: number;
}

const TIMEOUTS: HttpTimeouts = {
  // Longer than the proxies in front keep theirs, so that none sends into a connection we just closed.
  keepAliveTimeout: 65_000,
  // Composer sends them in one packet. Whoever opens a connection and does not ask holds it no longer either.
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
};

/** PEM files; the certificate with its chain. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export interface NodeServerOptions {
  /** Undefined behind a proxy that speaks TLS. */
  tls: TlsFiles | undefined;
  logger: Logger;
  proxies: Proxies;
  connections: ConnectionLimits;
  /** `Strict-Transport-Security` of every answer; undefined where clients may come by plain HTTP. */
  strictTransport: string | undefined;
  /** For tests, which cannot wait as long as a slow client may. */
  timeouts?: HttpTimeouts | undefined;
}

/** The socket everything comes in by: plain behind a proxy, or with TLS of its own. */
export function createNodeServer(options: NodeServerOptions, listener: Listener): Server {
  const { tls, logger, proxies, strictTransport, timeouts = TIMEOUTS } = options;
  const guarded = inTurns((request, response) => {
    proxies.note(request);
    lingerOverUnreadBody(request, response);
    if (strictTransport !== undefined) response.setHeader("Strict-Transport-Security", strictTransport);
    listener(request, response);
  });
  const server = openServer(tls, { maxHeaderSize: HEADER_BYTES_MAX, ...timeouts }, guarded, logger);
  limitConnections(server, options.connections, {
    isProxy: (address) => proxies.isProxy(address),
    refused: tellOfRefused(logger),
  });
  return server;
}

function openServer(tls: TlsFiles | undefined, options: ServerOptions, listener: Listener, logger: Logger): Server {
  if (tls === undefined) return answerHalfClosed(createServer(options, listener));
  const secure = { handshakeTimeout: HANDSHAKE_MS, minVersion: "TLSv1.2" as const, ...readTls(tls) };
  const server = createTlsServer({ ...options, ...secure }, listener);
  const timer = setInterval(reloadWhenRenewed(tls, logger, server), CERTIFICATE_CHECK_MS).unref();
  server.once("close", () => clearInterval(timer));
  // An https server answers like an http one; only its sockets differ, which nobody here looks at.
  return answerHalfClosed(server);
}

/** Said once for each network; of a flood from everywhere, of the first few. */
function tellOfRefused(logger: Logger): (network: string) => void {
  const told = new Set<string>();
  return (network) => {
    if (told.has(network) || told.size >= TOLD_MAX) return;
    told.add(network);
    logger.warn(
      { network },
      "more connections than CONNECTIONS_PER_ADDRESS came from one address, and those past it are closed; if it is a reverse proxy, name it in TRUSTED_PROXIES",
    );
  };
}

/** A client that has nothing more to ask may say so; by default Node then drops the answer it is waiting for. */
function answerHalfClosed(server: Server & { httpAllowHalfOpen?: boolean }): Server {
  server.httpAllowHalfOpen = true;
  return server;
}

/** Throws words an operator understands: which file, and what is wrong with it. */
export function readTls(tls: TlsFiles): { cert: Buffer; key: Buffer } {
  const read = (variable: string, file: string) => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new Error(`${variable} ${file} cannot be read: ${messageOf(cause)}`, { cause });
    }
  };
  const pair = { cert: read("TLS_CERT", tls.certFile), key: read("TLS_KEY", tls.keyFile) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new Error(`TLS_CERT and TLS_KEY are not a certificate and its key in PEM: ${messageOf(cause)}`, { cause });
  }
  return pair;
}

/** A half-written or broken renewal leaves the certificate in use as it is. */
function reloadWhenRenewed(
  tls: TlsFiles,
  logger: Logger,
  server: { setSecureContext(options: { cert: Buffer; key: Buffer }): void },
): () => void {
  const changedAt = () => `${statSync(tls.certFile).mtimeMs} ${statSync(tls.keyFile).mtimeMs}`;
  let seen = changedAt();
  return () => {
    try {
      const now = changedAt();
      if (now === seen) return;
      server.setSecureContext(readTls(tls));
      seen = now;
      logger.info({}, "the renewed TLS certificate is in use");
    } catch (error) {
      logger.warn({ err: error }, "the TLS certificate changed but could not be read; the earlier one stays in use");
    }
  };
}
