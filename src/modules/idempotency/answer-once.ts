import { idempotent, runOnce } from "./run-once.ts";
import type { Answer, IdempotencyDeps, Recheck } from "./run-once.ts";

/** What of a framework's reply is needed here. */
interface Reply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
}

/**
 * What a route does with {@link runOnce}: runs an effect once per `Idempotency-Key`, with dependencies whose database is
 * the transaction of all of it, and sets the status, and the header that tells a repetition. Returns the body.
 */
export async function answerOnce<Deps extends IdempotencyDeps, Body>(
  deps: Deps,
  caller: { actor: { id: string } },
  request: Parameters<typeof idempotent>[1],
  reply: Reply,
  effect: (within: Deps) => Promise<Answer<Body>>,
  recheck?: Recheck<Body>,
): Promise<Body> {
  const { status, body, replayed } = await runOnce(
    deps,
    idempotent(caller.actor.id, request),
    (transactional) => effect({ ...deps, database: { ...deps.database, ...transactional } }),
    recheck,
  );
  void reply.code(status);
  if (replayed) void reply.header("idempotency-replayed", "true");
  return body;
}
