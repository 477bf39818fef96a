import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { answerOnce } from "../idempotency/index.ts";
import type { IdempotencyDeps } from "../idempotency/index.ts";
import { principalOf } from "../callers/index.ts";
import type { Usage } from "../usage/index.ts";
import { checkNewSource, storeSource } from "./add-source.ts";
import type { NewSource, SourceDeps } from "./add-source.ts";
import type { SourceChange } from "./source-change.ts";
import { listSources, readSource } from "./list-sources.ts";
import { readRemovalImpact } from "./removal-impact.ts";
import { removeSource } from "./remove-source.ts";
import type { SourceCaller } from "./source-bound.ts";
import type { Source } from "./source-presenter.ts";
import {
  createSourceOperation,
  getSourceOperation,
  listSourcesOperation,
  readRemovalOperation,
  removeSourceOperation,
  updateSourceOperation,
} from "./source-operations.ts";
import type { CreateSourceBody } from "./source-schemas.ts";

export type SourceRouteDeps = SourceDeps &
  IdempotencyDeps & {
    usage: Pick<Usage, "flush">;
    /** Changes a source, and looks at another URL before. */
    changeSource: (caller: SourceCaller, id: string, input: SourceChange) => Promise<Source>;
  };

/** Where packages come from, managed over the API. */
export const sourceRoutes: FastifyPluginCallbackZod<SourceRouteDeps> = (app, deps, done) => {
  app.get("/api/sources", listSourcesOperation, async (request) => [
    ...(await listSources(deps, principalOf(request))).map(toAnswer),
  ]);
  app.post("/api/sources", createSourceOperation, async (request, reply) => {
    const caller = principalOf(request);
    const checked = await checkNewSource(deps, caller, toInput(request.body));
    // What is remembered of the body is a plain hash, by which a short password could be guessed.
    const password = deps.cipher.mac("idempotency", request.body.password ?? "");
    const { method, headers, params, query, routeOptions } = request;
    const remembered = { method, headers, params, query, routeOptions, body: { ...request.body, password } };
    return await answerOnce(deps, caller, remembered, reply, async (within) => {
      return { status: 201, body: toAnswer(await storeSource(within, caller, checked)), about: null };
    });
  });
  app.get("/api/sources/:id", getSourceOperation, async (request) => {
    const source = await readSource(deps, principalOf(request), request.params.id);
    return { ...toAnswer(source), skipped: [...source.skipped] };
  });
  app.get("/api/sources/:id/removal", readRemovalOperation, (request) =>
    readRemovalImpact(deps, principalOf(request), request.params.id),
  );
  app.patch("/api/sources/:id", updateSourceOperation, async (request) =>
    toAnswer(await deps.changeSource(principalOf(request), request.params.id, request.body)),
  );
  app.delete("/api/sources/:id", removeSourceOperation, async (request) => {
    const { versionsWithdrawn } = await removeSource(deps, principalOf(request), request.params.id);
    return { message: "Source removed" as const, versions_withdrawn: versionsWithdrawn };
  });
  done();
};

function toInput({ url, name, filters, username, password }: CreateSourceBody): NewSource {
  const given = { name: name ?? undefined, filters: filters ?? undefined };
  return { url, ...given, username: username ?? undefined, password: password ?? undefined };
}

/** The same, with lists that may be changed: what the answer's type wants. */
function toAnswer<S extends { readonly filters: readonly string[] }>(source: S): S & { filters: string[] } {
  return { ...source, filters: [...source.filters] };
}
