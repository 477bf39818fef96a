// The address your shop calls. Put it behind https, and the settings into the environment: see ../README.md.
import { createServer } from "node:http";
import { setting } from "./broker.mjs";
import { handleShopDelivery } from "./deliveries.mjs";
import { isFromShop } from "./signatures.mjs";
import { handleStripeEvent } from "./stripe.mjs";
import { handleWooCommerceOrder, isWooCommercePing } from "./woocommerce.mjs";

const HANDLERS = { own: handleShopDelivery, woocommerce: handleWooCommerceOrder, stripe: handleStripeEvent };
const BODY_BYTES_MAX = 1024 * 1024;

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Error("The delivery is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const server = createServer(async (request, response) => {
  try {
    // Over the raw body, before anything of it is read.
    const payload = await readBody(request);
    if (setting("SHOP") === "woocommerce" && isWooCommercePing(payload)) {
      response.writeHead(200).end("pong");
      return;
    }
    if (!isFromShop(payload, request.headers)) {
      response.writeHead(401).end("wrong signature");
      return;
    }
    await HANDLERS[setting("SHOP")](JSON.parse(payload.toString("utf8")));
    response.writeHead(204).end();
  } catch (error) {
    // A shop that delivers again does so, the others are swept; the log has no secret, because no message holds one.
    console.error(error.message);
    response.writeHead(500).end();
  }
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
