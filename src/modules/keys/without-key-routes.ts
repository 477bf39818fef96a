import type { FastifyInstance } from "fastify";
import { withoutKey } from "../../platform/crypto/without-key.ts";

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * For a server without its key: every operation that is no reading is refused by its name, before anybody is asked who
 * they are. What only reads and comes upon the key all the same is refused by the cipher.
 */
export function refuseChangesWithoutKey(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { method, is404 } = request;
    const { url = "", schema } = request.routeOptions;
    if (is404 || READING.has(method)) {
      done();
      return;
    }
    const summary = schema?.summary === undefined ? "This" : `"${schema.summary}"`;
    done(withoutKey(`${summary} (${method} ${url})`));
  });
}
