/**
 * What happens past a limit. Shops send sales and endings once and ignore what they are answered (the spec's handlers
 * do): those wait. Endings, and the lookups by which a shop finds what to end, are counted by themselves.
 */
export type Pace = "usual" | "sale" | "ending";

/** `lookup` is an ending where it names a customer or an order. */
export type RoutePace = Pace | "lookup";

/** A revocation or suspension of a customer, an order, a token, a line of an order or a management token. */
const ENDING =
  /^(DELETE \/api\/(tokens|orders|customers|management-tokens)\/.+|POST \/api\/(tokens|orders|customers)\/.+\/(revoke|suspend))$/;

/** What is sold, and what was paid for again. */
const SALE =
  /^((POST|PATCH) \/api\/tokens(\/:[^/]+)?|PUT \/api\/customers\/.+\/grants\/.+|POST \/api\/(tokens|orders|customers)\/.+\/renew)$/;

/** By the method and the pattern of a route, so that a new one of its kind needs no setting. */
export function paceOfRoute(method: string, url: string): RoutePace {
  const route = `${method} ${url}`;
  if (ENDING.test(route)) return "ending";
  if (SALE.test(route)) return "sale";
  return /^(GET|HEAD) \/api\/tokens$/.test(route) ? "lookup" : "usual";
}

/** Of one request. */
export function paceOfRequest(pace: RoutePace, query: unknown): Pace {
  if (pace !== "lookup") return pace;
  const { customer_id: customer, order_id: order } = query as Record<string, unknown>;
  return customer === undefined && order === undefined ? "usual" : "ending";
}
