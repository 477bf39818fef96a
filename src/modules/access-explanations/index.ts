export { accessExplanationRoutes } from "./explanation-routes.ts";
