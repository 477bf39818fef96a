export { tokenSharingRoutes } from "./sharing-routes.ts";
