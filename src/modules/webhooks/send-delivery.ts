import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { DecryptionError } from "../../platform/crypto/cipher.ts";
import { messageOf } from "../../platform/errors.ts";
import {
  AddressRefusedError,
  HostNotFoundError,
  PostTimeoutError,
  isPublicAddress,
  postJson,
  resolveAllowed,
} from "../../platform/outbound-http/index.ts";
import type { AllowedNetworks, Lookup } from "../../platform/outbound-http/index.ts";
import type { DeliveryWithMessage } from "./delivery-queries.ts";
import { signedHeaders } from "./signature.ts";
import { payloadOf } from "./webhook-presenter.ts";
import type { WebhookRow } from "./webhook-queries.ts";
import { PURPOSE, refusePlainHttp } from "./webhook-url.ts";
import { signingSecrets } from "./webhook-secrets.ts";

const TIMEOUT_MS = 15_000;
/** The status is what counts; who writes on holds no place for it. */
const BODY_TIMEOUT_MS = 1_000;
const READ_MAX_BYTES = 64 * 1024;
const KEPT_MAX_BYTES = 1024;
const PRIVATE = "private_address";

export interface SendDeps {
  clock: Clock;
  cipher: Pick<Cipher, "open">;
  version: string;
  allowPrivateNetworks: AllowedNetworks;
  /** Replaced by tests, as what follows. */
  lookup?: Lookup;
  timeoutMs?: number;
  post?: typeof postJson;
}

/** What came of one attempt. */
export interface Outcome {
  status: number | null;
  duration_ms: number;
  error: string | null;
  /** The beginning of the answer's body. */
  response: string | null;
  /** Why it is not kept. */
  withheld: "private_address" | null;
  timedOut: boolean;
  retryAfterSeconds: number | undefined;
}

/** Sends a message once; every failure is an outcome. Only the caller's own signal is thrown. */
export async function sendDelivery(
  deps: SendDeps,
  webhook: WebhookRow,
  delivery: DeliveryWithMessage,
  signal: AbortSignal,
): Promise<Outcome> {
  const began = deps.clock.nowMs();
  const noAnswer = { status: null, response: null, withheld: null, retryAfterSeconds: undefined };
  try {
    const { answer, isPublic } = await post(deps, webhook, delivery, signal);
    return {
      ...{ status: answer.status, duration_ms: deps.clock.nowMs() - began, error: errorOf(answer.status) },
      // Whoever may make webhooks must not read what answers inside the operator's network.
      ...(isPublic ? { response: storable(answer.body), withheld: null } : { response: null, withheld: PRIVATE }),
      ...{ timedOut: false, retryAfterSeconds: answer.retryAfterSeconds },
    };
  } catch (error) {
    signal.throwIfAborted();
    const timedOut = error instanceof PostTimeoutError;
    return { ...noAnswer, timedOut, duration_ms: deps.clock.nowMs() - began, error: explain(error) };
  }
}

async function post(deps: SendDeps, webhook: WebhookRow, delivery: DeliveryWithMessage, signal: AbortSignal) {
  const { allowPrivateNetworks, lookup, timeoutMs = TIMEOUT_MS } = deps;
  const url = new URL(webhook.url);
  const guard = { allowPrivateNetworks, ...PURPOSE, ...(lookup === undefined ? {} : { lookup }) };
  const addresses = await withinTime(resolveAllowed(url.hostname, guard), timeoutMs);
  // Stored when other settings were in force, perhaps.
  refusePlainHttp({ allowPrivateNetworks }, url, addresses);
  const timestamp = nowSeconds(deps.clock);
  const body = JSON.stringify(payloadOf(delivery));
  const signed = signedHeaders(signingSecrets(deps, webhook, timestamp), { id: delivery.message, timestamp, body });
  const answer = await (deps.post ?? postJson)({
    ...{ url: webhook.url, addresses, body, timeoutMs, signal },
    ...{ bodyTimeoutMs: BODY_TIMEOUT_MS, readMaxBytes: READ_MAX_BYTES },
    headers: { ...signed, "user-agent": `PACKAGE.broker/${deps.version}` },
  });
  return { answer, isPublic: addresses.every(isPublicAddress) };
}

/** A name server can be silent for longer than a receiver may. */
async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new PostTimeoutError("the name server did not answer in time")), timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed, set the URL it leads to`;
  if (status === 410) return "answered 410: it wants no more, and the webhook was disabled";
  return `answered ${status}`;
}

function explain(error: unknown): string {
  const isExpected = [AddressRefusedError, HostNotFoundError, PostTimeoutError, DecryptionError].some(
    (type) => error instanceof type,
  );
  const text = storable(messageOf(error).split("\n")[0] ?? "");
  return isExpected ? text : `could not be reached: ${text}`;
}

/** The beginning, of what both engines can store. */
function storable(text: string): string {
  const cut = Buffer.from(text.replaceAll("\0", "").toWellFormed()).subarray(0, KEPT_MAX_BYTES);
  return new TextDecoder("utf-8").decode(cut).replace(/\ufffd+$/, "");
}
