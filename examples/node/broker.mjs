import { setTimeout as sleep } from "node:timers/promises";

/** A setting of the environment; a handler without its secrets must not run. */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}

/**
 * Calls the Management API and returns the status and the decoded answer. Repeats what may be repeated: no answer, 429
 * and 5xx, with a pause that grows, at most `attempts` times. Give a POST an `Idempotency-Key`, or it is made twice.
 */
export async function callBroker(method, path, body, headers = {}, attempts = 4) {
  for (let attempt = 1; ; attempt++) {
    let reason;
    let retryAfter = 0;
    try {
      const response = await fetch(setting("BROKER_URL").replace(/\/+$/, "") + path, {
        method,
        headers: {
          Authorization: `Bearer ${setting("BROKER_TOKEN")}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(25_000),
      });
      const answer = await response.json();
      if (response.status !== 429 && response.status < 500) return { status: response.status, answer };
      reason = `status ${response.status}`;
      retryAfter = Number(response.headers.get("retry-after") ?? 0);
    } catch (error) {
      reason = error.cause?.message ?? error.message;
    }
    // Somebody waits for us: what is not done within a minute is done with the next delivery or sweep.
    if (attempt >= attempts || retryAfter > 20) throw new Error(`PACKAGE.broker did not answer: ${reason}`);
    await sleep(Math.max(retryAfter * 1000, 250 * 2 ** attempt));
  }
}

/** Throws what PACKAGE.broker says is wrong: `detail` for people, `request_id` for the server's log. */
export function requireStatus({ status, answer }, ...expected) {
  if (!expected.includes(status)) throw new Error(`${answer.code}: ${answer.detail} (${answer.request_id})`);
}
