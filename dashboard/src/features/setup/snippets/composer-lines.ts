import type { ShopStrings } from "./shop-strings.ts";

/** What a customer types, in the order in which it works. */
export function composerLines(shop: ShopStrings, example: { packageName: string; secureHttpNeeded: boolean }): string {
  const vendor = example.packageName.split("/")[0] ?? "packages";
  return [
    ...(example.secureHttpNeeded ? ["composer config secure-http false"] : []),
    `composer config repositories.${vendor} composer ${shop.url}`,
    `composer config http-basic.${shop.host} token YOUR_TOKEN`,
    `composer require ${example.packageName}`,
    "",
  ].join("\n");
}
