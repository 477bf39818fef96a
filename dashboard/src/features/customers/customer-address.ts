/** The page of a customer. The same id may be another customer in another shop. */
export function customerAddress(shop: string, customerId: string): string {
  return `/customers/${encodeURIComponent(shop)}/${encodeURIComponent(customerId)}`;
}
