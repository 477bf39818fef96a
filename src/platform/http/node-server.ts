import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { isWithinPipeline } from "./pipelining.ts";
import { lingerOverUnreadBody } from "./lingering-close.ts";

const HEADER_BYTES_MAX = 16 * 1024;
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
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
};

/** PEM files; the certificate with its chain. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** The socket everything comes in by: plain behind a proxy, or with TLS of its own. */
export function createNodeServer(
  {
    tls,
    logger,
    timeouts = TIMEOUTS,
  }: { tls: TlsFiles | undefined; logger: Logger; timeouts?: HttpTimeouts | undefined },
  listener: Listener,
): Server {
  const options = { maxHeaderSize: HEADER_BYTES_MAX, ...timeouts };
  const guarded: Listener = (request, response) => {
    if (!isWithinPipeline(request, response)) return;
    lingerOverUnreadBody(request, response);
    listener(request, response);
  };
  if (tls === undefined) return answerHalfClosed(createServer(options, guarded));
  const server = createTlsServer({ ...options, minVersion: "TLSv1.2", ...readTls(tls) }, guarded);
  const timer = setInterval(reloadWhenRenewed(tls, logger, server), CERTIFICATE_CHECK_MS).unref();
  server.once("close", () => clearInterval(timer));
  // An https server answers like an http one; only its sockets differ, which nobody here looks at.
  return answerHalfClosed(server);
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
