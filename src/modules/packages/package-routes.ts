import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { nextPageLink } from "../../platform/http/paging.ts";
import { createRecentAnswers } from "../../platform/recent-answers.ts";
import { principalOf, withinShop } from "../callers/index.ts";
import type { HolderCounts } from "../grants/index.ts";
import { listPackages, readPackage, readVersion } from "./browse-packages.ts";
import type { BrowseDeps } from "./browse-packages.ts";
import { listPackageAccess } from "./list-access.ts";
import { changePackage } from "./change-package.ts";
import { correctReleaseDate } from "./correct-release-date.ts";
import type { CorrectDeps } from "./correct-release-date.ts";
import {
  getPackageOperation,
  getVersionOperation,
  listAccessOperation,
  listPackagesOperation,
  updatePackageOperation,
  updateVersionOperation,
} from "./package-operations.ts";

export type PackageRouteDeps = BrowseDeps & CorrectDeps & { publicUrl: string };

const VERSION = "/api/packages/:vendor/:name/versions/:version";

/** What is hosted, as the vendor sees it. */
export const packageRoutes: FastifyPluginCallbackZod<PackageRouteDeps> = (app, deps, done) => {
  app.get("/api/packages", listPackagesOperation, async (request, reply) => {
    const { packages, nextCursor } = await listPackages(deps, principalOf(request), request.query);
    const address = `${deps.publicUrl}/api/packages`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return packages;
  });
  app.get("/api/packages/:vendor/:name", getPackageOperation, (request) =>
    readPackage(deps, principalOf(request), nameOf(request.params), request.query),
  );
  app.patch("/api/packages/:vendor/:name", updatePackageOperation, async (request) => {
    const caller = principalOf(request);
    const name = nameOf(request.params);
    await changePackage(deps, caller, name, request.body);
    return await readPackage(deps, caller, name, {});
  });
  const access = { ...deps, recentCounts: createRecentAnswers<HolderCounts>(deps.clock) };
  app.get("/api/packages/:vendor/:name/access", listAccessOperation, async (request, reply) => {
    const caller = withinShop(principalOf(request), request.query.shop);
    const name = nameOf(request.params);
    const { page, nextCursor } = await listPackageAccess(access, caller, name, request.query);
    const address = `${deps.publicUrl}/api/packages/${name}/access`;
    if (nextCursor !== undefined) void reply.header("link", nextPageLink(address, request.query, nextCursor));
    return page;
  });
  app.get(VERSION, getVersionOperation, (request) =>
    readVersion(deps, principalOf(request), nameOf(request.params), request.params.version),
  );
  app.patch(VERSION, updateVersionOperation, async (request) => {
    const caller = principalOf(request);
    const wanted = { name: nameOf(request.params), version: request.params.version };
    await correctReleaseDate(deps, caller, wanted, request.body.released_at);
    return await readVersion(deps, caller, wanted.name, wanted.version);
  });
  done();
};

function nameOf({ vendor, name }: { vendor: string; name: string }): string {
  return `${vendor}/${name}`;
}
