import type { FastifyInstance } from "fastify";
import { AppError } from "../errors.ts";

/** Answers what no route takes: 405 with `Allow` where the path is known, 404 otherwise. The address is not echoed. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsByPath.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one.toUpperCase());
    methodsByPath.set(url, methods);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/[?#].*$/s, "").split("/");
    for (const [pattern, methods] of methodsByPath) {
      // A route that takes the method and yet did not get the request could not read its address: too long a name.
      if (!matches(pattern.split("/"), path) || methods.has(request.method)) continue;
      const allowed = [...methods].sort().join(", ");
      void reply.header("allow", allowed);
      throw new AppError("request.method_not_allowed", `This address takes only ${allowed}.`);
    }
    throw new AppError("resource.not_found", "There is nothing at this address.");
  });
}

function matches(pattern: string[], path: string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => (part.startsWith(":") ? path[index] !== "" : part === path[index]))
  );
}
