// The address your shop calls. Put it behind https, and the settings into the environment: see ../README.md.
import { createServer } from "node:http";
import { handleCancellation, handlePurchase, handleRenewal } from "./orders.mjs";
import { isFromShop } from "./signatures.mjs";

const HANDLERS = {
  purchase: handlePurchase,
  renewal: handleRenewal,
  cancellation: handleCancellation,
  refund: handleCancellation,
};
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
    if (!isFromShop(payload, request.headers)) {
      response.writeHead(401).end("wrong signature");
      return;
    }
    const order = JSON.parse(payload.toString("utf8"));
    const handle = HANDLERS[order.event];
    if (handle === undefined) throw new Error(`There is no handler for the event ${order.event}.`);
    await handle(order);
    response.writeHead(204).end();
  } catch (error) {
    // The shop delivers again; the log has no secret, because no message of ours holds one.
    console.error(error.message);
    response.writeHead(500).end();
  }
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
