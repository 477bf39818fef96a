interface Asked {
  tokenId?: string;
  customer?: { customerId: string; shop: string };
  packageName?: string;
  version?: string;
}

/** Where the question is answered. It holds ids and names, never a secret. */
export function explainAddress({ tokenId, customer, packageName, version }: Asked): string {
  const params = new URLSearchParams({
    ...(customer === undefined ? {} : { shop: customer.shop, customer: customer.customerId }),
    ...(tokenId === undefined ? {} : { token: tokenId }),
    ...(packageName === undefined ? {} : { package: packageName }),
    ...(version === undefined ? {} : { version }),
  });
  return params.size === 0 ? "/explain" : `/explain?${params.toString()}`;
}
