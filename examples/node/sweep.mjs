// Run it every quarter of an hour: node sweep.mjs 24. It tells everything of the last hours again that WooCommerce may
// have lost; what PACKAGE.broker knows already changes nothing.
import { callWooCommerce, handleWooCommerceOrder } from "./woocommerce.mjs";

const hours = Number(process.argv[2] ?? 24);
const since = new Date(Date.now() - 3_600_000 * hours).toISOString().slice(0, 19);
for (let page = 1; ; page++) {
  const orders = await callWooCommerce("orders", {
    modified_after: since,
    // Otherwise the time is the site's own.
    dates_are_gmt: "true",
    orderby: "modified",
    order: "asc",
    status: "any",
    per_page: "100",
    page: String(page),
  });
  for (const order of orders) {
    try {
      await handleWooCommerceOrder(order);
    } catch (error) {
      // The others do not wait for this one.
      console.error(`Order ${order.id}: ${error.message}`);
      process.exitCode = 1;
    }
  }
  if (orders.length < 100) break;
}
