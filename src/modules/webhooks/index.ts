export { deliveryRoutes } from "./delivery-routes.ts";
export { eraseCustomerFromDeliveries, listHeldMessages } from "./forget-deliveries.ts";
export type { HeldMessage } from "./forget-deliveries.ts";
export { createWebhookWorker } from "./webhook-worker.ts";
export type { WebhookWorker } from "./webhook-worker.ts";
export { countEnabledWebhooksOf } from "./webhook-queries.ts";
export { webhookRoutes } from "./webhook-routes.ts";
export { bindWebhookSecrets } from "./webhook-secrets.ts";
