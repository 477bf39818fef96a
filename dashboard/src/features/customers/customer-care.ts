import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import type { Customer } from "./customers.ts";

export type Transferred = components["schemas"]["TransferredCustomer"];

const place = ({ customer_id, shop }: Customer) => ({ path: { customer_id }, query: { shop } });

/** Undoes the last "revoke everything". */
export async function restoreCustomer(customer: Customer, body: { reason?: string }) {
  return await unwrap(api.POST("/api/customers/{customer_id}/restore", { params: place(customer), body }));
}

/** Closes everything they have for a while. */
export async function suspendCustomer(customer: Customer, body: { reason?: string }) {
  return await unwrap(api.POST("/api/customers/{customer_id}/suspend", { params: place(customer), body }));
}

export async function resumeCustomer(customer: Customer, body: { reason?: string }) {
  return await unwrap(api.POST("/api/customers/{customer_id}/resume", { params: place(customer), body }));
}

/** A repetition with the same key gets the same secrets again, where an answer was lost on its way. */
export async function transferCustomer(
  customer: Customer,
  to: components["schemas"]["TransferCustomer"],
  onceKey: string,
): Promise<Transferred> {
  return await unwrap(
    api.POST("/api/customers/{customer_id}/transfer", {
      params: { ...place(customer), header: { "idempotency-key": onceKey } as never },
      body: to,
    }),
  );
}

export async function eraseCustomer(customer: Customer) {
  return await unwrap(
    api.POST("/api/customers/{customer_id}/erase", {
      params: place(customer),
      body: { confirm: customer.customer_id },
    }),
  );
}

export async function eraseToken(id: string): Promise<void> {
  await unwrap(api.POST("/api/tokens/{id}/erase", { params: { path: { id } }, body: { confirm: id } }));
}

/** Everything that is held, as a file. */
export function exportOfCustomer({ customer_id, shop }: Customer): string {
  return `/api/customers/${encodeURIComponent(customer_id)}/export?shop=${encodeURIComponent(shop)}`;
}

export function exportOfToken(id: string): string {
  return `/api/tokens/${encodeURIComponent(id)}/export`;
}

/**
 * Goes to the page that a customer has now, under another id. What is shown of the old one is not asked for again:
 * there is nobody of that id any more.
 */
export function useMoved(): (address: string) => Promise<void> {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async (address) => {
    await queryClient.invalidateQueries({ refetchType: "none" });
    await navigate(address, { replace: true });
  };
}
