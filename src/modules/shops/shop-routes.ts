import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf } from "../callers/index.ts";
import { listVisibleShops } from "./list-shops.ts";
import type { ShopDeps } from "./list-shops.ts";
import { listShopsOperation } from "./shop-operations.ts";

/** Which shops there are to choose from. */
export const shopRoutes: FastifyPluginCallbackZod<ShopDeps> = (app, deps, done) => {
  app.get("/api/shops", listShopsOperation, (request) => listVisibleShops(deps, principalOf(request)));
  done();
};
