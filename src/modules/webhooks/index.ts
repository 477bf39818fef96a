export { deliveryRoutes } from "./delivery-routes.ts";
export { eraseCustomerFromDeliveries } from "./forget-deliveries.ts";
export { createWebhookWorker } from "./webhook-worker.ts";
export type { WebhookWorker } from "./webhook-worker.ts";
export { webhookRoutes } from "./webhook-routes.ts";
