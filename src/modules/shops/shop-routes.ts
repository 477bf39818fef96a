import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { principalOf } from "../callers/index.ts";
import { changeShop } from "./change-shop.ts";
import type { ChangeShopDeps } from "./change-shop.ts";
import { listVisibleShops } from "./list-shops.ts";
import { listShopsOperation, updateShopOperation } from "./shop-operations.ts";

/** Which shops there are to choose from. */
export const shopRoutes: FastifyPluginCallbackZod<ChangeShopDeps> = (app, deps, done) => {
  app.get("/api/shops", listShopsOperation, (request) => listVisibleShops(deps, principalOf(request)));
  app.patch("/api/shops/:shop", updateShopOperation, (request) =>
    changeShop(deps, principalOf(request), request.params.shop, request.body),
  );
  done();
};
