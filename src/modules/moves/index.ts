export { moveRoutes, orderMoveRoutes } from "./move-routes.ts";
