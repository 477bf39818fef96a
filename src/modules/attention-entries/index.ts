export { attentionRoutes } from "./attention-routes.ts";
export { settleAnotherAddress } from "./confirm-attention.ts";
