import { z } from "zod";
import type { OpenAnswer } from "../../outbound-http/index.ts";
import { askBatch, authorizationFor, connectionFailure, openObject } from "./client.ts";
import type { LfsClientOptions } from "./client.ts";
import { LfsFailure, failureOfStatus } from "./failure.ts";
import type { LfsHost } from "./host.ts";
import type { LfsObject } from "./pointer.ts";
import { LfsContentError } from "./store.ts";
import type { LfsStore } from "./store.ts";

export interface FetchLfsOptions extends LfsClientOptions {
  /** The ref they belong to, where it is one: some hosts decide by it. */
  readonly ref?: string | undefined;
  readonly objectsPerBatch?: number;
}

/** Few enough that what the host says of them has not expired before the last one is fetched. */
const OBJECTS_PER_BATCH = 50;
const AT_ONCE = 4;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Slower than this on average, a transfer is dead. */
const BYTES_PER_SECOND_MIN = 20_000;
const OBJECT_SECONDS_MIN = 60;
const OBJECT_SECONDS_MAX = 6 * 3600;

const BatchAnswer = z.object({
  transfer: z.string().nullish(),
  objects: z.array(
    z.object({
      oid: z.string(),
      error: z.object({ code: z.number(), message: z.string().nullish() }).nullish(),
      actions: z
        .object({
          download: z.object({ href: z.string(), header: z.record(z.string(), z.string()).nullish() }).nullish(),
        })
        .nullish(),
    }),
  ),
});
type Told = z.infer<typeof BatchAnswer>["objects"][number];

/**
 * Gets the objects that the store does not have, and says which cannot be had and why. A host that fails altogether is
 * asked no further.
 */
export async function fetchLfsObjects(
  host: LfsHost,
  objects: readonly LfsObject[],
  store: LfsStore,
  options: FetchLfsOptions,
): Promise<Map<string, LfsFailure>> {
  const failures = new Map<string, LfsFailure>();
  const missing: LfsObject[] = [];
  for (const object of new Map(objects.map((one) => [one.oid, one])).values()) {
    if (!(await store.has(object))) missing.push(object);
  }
  let size = options.objectsPerBatch ?? OBJECTS_PER_BATCH;
  for (let start = 0; start < missing.length;) {
    const batch = missing.slice(start, start + size);
    try {
      const told = await askFor(host, batch, options);
      await fetchAll(host, batch, told, { store, options, failures });
    } catch (error) {
      if (error instanceof TooManyError && batch.length > 1) {
        size = Math.ceil(batch.length / 2);
        continue;
      }
      if (!(error instanceof LfsFailure)) throw error;
      for (const { oid } of missing.slice(start)) failures.set(oid, error);
      return failures;
    }
    start += batch.length;
  }
  return failures;
}

/** 413 and 429: fewer at once may go through. */
class TooManyError extends LfsFailure {}

async function askFor(host: LfsHost, batch: readonly LfsObject[], options: FetchLfsOptions): Promise<Told[]> {
  const body = JSON.stringify({
    operation: "download",
    transfers: ["basic"],
    ...(options.ref === undefined ? {} : { ref: { name: options.ref } }),
    objects: batch.map(({ oid, sizeBytes }) => ({ oid, size: sizeBytes })),
    hash_algo: "sha256",
  });
  const answer = await askBatch(host, body, options);
  const { status } = answer;
  const name = new URL(host.url).host;
  try {
    if (status === 200) return readBatch(await readText(answer, name, options.signal), name);
  } finally {
    answer.close();
  }
  if (status === 413 || status === 429) {
    const passing = status === 429 ? failureOfStatus(status, name, false) : undefined;
    throw new TooManyError(passing?.message ?? `${name} refuses to be asked for it (413)`, {
      isPassing: passing !== undefined,
    });
  }
  if (status === 404 || status === 501 || (status >= 300 && status < 400)) {
    const what = status < 400 ? "redirects to another address" : "offers no Git LFS";
    throw new LfsFailure(`${host.url} ${what}: switch Git LFS on there, or correct lfs.url in .lfsconfig`);
  }
  throw failureOfStatus(status, name, "authorization" in authorizationFor(host, host.url));
}

async function readText({ body }: OpenAnswer, name: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > ANSWER_BYTES_MAX) throw new LfsFailure(`${name} answers with more than a list of objects can be`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw connectionFailure(error, name, signal);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readBatch(text: string, name: string): Told[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = BatchAnswer.safeParse(value);
  if (!parsed.success) throw new LfsFailure(`${name} answers something else than Git LFS does: check the URL`);
  const transfer = parsed.data.transfer ?? "basic";
  if (transfer !== "basic") {
    throw new LfsFailure(`${name} offers the transfer ${JSON.stringify(transfer.slice(0, 40))} only: basic is needed`);
  }
  return parsed.data.objects;
}

interface Work {
  readonly store: LfsStore;
  readonly options: FetchLfsOptions;
  readonly failures: Map<string, LfsFailure>;
}

async function fetchAll(host: LfsHost, batch: readonly LfsObject[], told: readonly Told[], work: Work): Promise<void> {
  const byOid = new Map(told.map((one) => [one.oid, one]));
  const waiting = [...batch];
  const worker = async () => {
    for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
      try {
        await fetchOne(host, object, byOid.get(object.oid), work);
      } catch (error) {
        if (!(error instanceof LfsFailure)) throw error;
        work.failures.set(object.oid, error);
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

async function fetchOne(host: LfsHost, object: LfsObject, told: Told | undefined, work: Work): Promise<void> {
  const name = new URL(host.url).host;
  const error = told?.error ?? undefined;
  if (error !== undefined) throw failureOfStatus(error.code, name, true);
  const action = told?.actions?.download ?? undefined;
  if (action === undefined)
    throw new LfsFailure(`${name} does not say where it is: push it there with git lfs push --all`);
  const seconds = OBJECT_SECONDS_MIN + object.sizeBytes / BYTES_PER_SECOND_MIN;
  const timeout = AbortSignal.timeout(Math.min(Math.ceil(seconds), OBJECT_SECONDS_MAX) * 1000);
  const signal = AbortSignal.any([work.options.signal, timeout]);
  const place = URL.canParse(action.href) ? new URL(action.href).host : name;
  let answer: OpenAnswer | undefined;
  try {
    answer = await openObject(host, { href: action.href, header: action.header ?? {} }, { ...work.options, signal });
    await work.store.write(object, answer.body);
  } catch (failure) {
    if (failure instanceof LfsContentError)
      throw new LfsFailure(`what ${place} sends ${failure.message}: push it again`);
    if (timeout.aborted && !work.options.signal.aborted) {
      throw new LfsFailure(`${place} answered too slowly: it is tried again at the next sync`, { isPassing: true });
    }
    throw connectionFailure(failure, place, work.options.signal);
  } finally {
    answer?.close();
  }
}
