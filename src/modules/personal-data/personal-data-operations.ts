import { z } from "zod";
import { problems } from "../../platform/http/problem-schema.ts";
import { NoQuery, storableText } from "../../platform/http/schemas.ts";
import { ShopQuery } from "../callers/index.ts";
import {
  EraseCustomerBody,
  EraseTokenBody,
  ErasedCustomer,
  ErasedToken,
  PersonalData,
} from "./personal-data-schemas.ts";

const CustomerParams = z.strictObject({
  customer_id: storableText().meta({
    description: "The shop's own id, as in `metadata.customer_id`; a slash is written `%2F`",
    examples: ["42"],
  }),
});
const TokenParams = z.strictObject({
  id: storableText().meta({ description: "The token's `id`", examples: ["token_abc123"] }),
});
const AS_FILE = {
  "content-disposition": { description: "`attachment`, with a name for the file" },
};

/** `POST /api/customers/{customer_id}/erase`: what it takes and answers, and its description in openapi.json. */
export const eraseCustomerOperation = {
  config: { scope: "customers:write" as const, stepUp: true as const },
  schema: {
    ...{ operationId: "eraseCustomer", tags: ["customers"], summary: "Erase everything personal about a customer" },
    description:
      "Ends everything it has, which cannot be restored, and removes its addresses, its id of the shop, and whatever else is personal from every table; audit records stay, without their personal values. The customer is called `erased-…` from then on, and a later sale to the same id makes a new one. Repeating it under the new id changes nothing; under the old id it is 404. Needs the scope `customers:write`.",
    params: CustomerParams,
    querystring: ShopQuery,
    body: EraseCustomerBody,
    response: { 200: ErasedCustomer, ...problems(400, 401, 403, 404, 413, 415) },
  },
};

/** `POST /api/tokens/{id}/erase`: what it takes and answers, and its description in openapi.json. */
export const eraseTokenOperation = {
  config: { scope: "tokens:write" as const, stepUp: true as const },
  schema: {
    ...{ operationId: "eraseToken", tags: ["tokens"], summary: "Erase everything personal about a guest's token" },
    description:
      "Revokes it and removes its description, its metadata but the order, its address, and the personal values of its audit records. The token of a customer is erased with its customer: 409. Repeating it changes nothing. Needs the scope `tokens:write`.",
    params: TokenParams,
    querystring: NoQuery,
    body: EraseTokenBody,
    response: { 200: ErasedToken, ...problems(400, 401, 403, 404, 409, 413, 415) },
  },
};

/** `GET /api/customers/{customer_id}/export`: what it takes and answers, and its description in openapi.json. */
export const exportCustomerOperation = {
  config: { scope: "customers:read" as const, stepUp: true as const },
  schema: {
    ...{ operationId: "exportCustomer", tags: ["customers"], summary: "Everything that is held of a customer" },
    description:
      "One JSON document, for a person who asks for it. What the caller may not read elsewhere is null, and `left_out` names the scopes for it. Needs the scope `customers:read`.",
    "x-response-headers": { 200: AS_FILE },
    params: CustomerParams,
    querystring: ShopQuery,
    response: { 200: PersonalData, ...problems(400, 401, 403, 404) },
  },
};

/** `GET /api/tokens/{id}/export`: what it takes and answers, and its description in openapi.json. */
export const exportTokenOperation = {
  config: { scope: "tokens:read" as const, stepUp: true as const },
  schema: {
    ...{ operationId: "exportToken", tags: ["tokens"], summary: "Everything that is held of a token's buyer" },
    description:
      "As of a customer, for guests; of a customer's token without what is the customer's. Needs the scope `tokens:read`.",
    "x-response-headers": { 200: AS_FILE },
    params: TokenParams,
    querystring: NoQuery,
    response: { 200: PersonalData, ...problems(400, 401, 403, 404) },
  },
};
