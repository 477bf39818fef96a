import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Move = components["schemas"]["Move"];
export type MovedToken = components["schemas"]["MovedToken"];
export type MovePreview = components["schemas"]["MovePreview"];

/** Whose customer it is. */
export interface Of {
  customerId: string;
  shop: string;
}

/** What came of a merge or a move. */
export interface Done {
  shop: string;
  customer_id: string;
  tokens: MovedToken[];
  undo_until: number;
  warnings?: string[];
}

const place = ({ customerId, shop }: Of) => ({ path: { customer_id: customerId }, query: { shop } });
const once = (key: string) => ({ header: { "idempotency-key": key } as never });

export async function previewMerge(of: Of, into: string): Promise<MovePreview> {
  return await unwrap(api.POST("/api/customers/{customer_id}/merge/preview", { params: place(of), body: { into } }));
}

export async function mergeCustomers(of: Of, into: string, rotate: boolean, onceKey: string): Promise<Done> {
  return await unwrap(
    api.POST("/api/customers/{customer_id}/merge", {
      params: { ...place(of), ...once(onceKey) },
      body: { into, rotate },
    }),
  );
}

/** The new owner, as the form has them. */
export interface NewOwner {
  customerId: string;
  email: string;
}

const ownerOf = ({ customerId, email }: NewOwner) => ({ id: customerId.trim(), email: email.trim() || null });

export async function previewTokenMove(token: string, owner: NewOwner): Promise<MovePreview> {
  const { id, email } = ownerOf(owner);
  return await unwrap(
    api.POST("/api/tokens/{id}/move/preview", { params: { path: { id: token } }, body: { customer_id: id, email } }),
  );
}

export async function moveToken(token: string, owner: NewOwner, rotate: boolean, onceKey: string): Promise<Done> {
  const { id, email } = ownerOf(owner);
  return await unwrap(
    api.POST("/api/tokens/{id}/move", {
      params: { path: { id: token }, ...once(onceKey) },
      body: { customer_id: id, email, rotate },
    }),
  );
}

export async function previewOrderMove(of: Of, order: string, owner: NewOwner): Promise<MovePreview> {
  const { id, email } = ownerOf(owner);
  return await unwrap(
    api.POST("/api/orders/{order_id}/move/preview", {
      params: { path: { order_id: order }, query: { shop: of.shop } },
      body: { customer_id: of.customerId, to_customer_id: id, to_email: email },
    }),
  );
}

export async function moveOrder(
  of: Of,
  order: string,
  owner: NewOwner,
  rotate: boolean,
  onceKey: string,
): Promise<Done> {
  const { id, email } = ownerOf(owner);
  return await unwrap(
    api.POST("/api/orders/{order_id}/move", {
      params: { path: { order_id: order }, query: { shop: of.shop }, ...once(onceKey) },
      body: { customer_id: of.customerId, to_customer_id: id, to_email: email, rotate },
    }),
  );
}

export function useMoves(of: Of) {
  return useQuery({
    queryKey: ["customers", "moves", of.shop, of.customerId],
    queryFn: () => unwrap(api.GET("/api/customers/{customer_id}/moves", { params: place(of) })),
  });
}

export async function undoMove(id: string, onceKey: string): Promise<MovedToken[]> {
  const undone = await unwrap(
    api.POST("/api/moves/{id}/undo", { params: { path: { id }, ...once(onceKey) }, body: {} }),
  );
  return undone.tokens;
}

/** Tokens, customers and grants are another's. */
export function useEverythingChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await queryClient.invalidateQueries();
  };
}
