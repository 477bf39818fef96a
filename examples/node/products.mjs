/** What your shop calls a product, and what composer calls it: the article number, or Stripe's price. Yours to fill. */
const PACKAGES_BY_PRODUCT = new Map([
  ["CHECKOUT", ["your-vendor/checkout"]],
  ["THEME", ["your-vendor/theme"]],
  // A bundle is several packages.
  ["BUNDLE", ["your-vendor/checkout", "your-vendor/theme"]],
  ["price_checkout", ["your-vendor/checkout"]],
]);

/** For how many years a sale is good where the shop does not say. */
const TERM_YEARS = 1;

/** What is bought with a product; undefined for one that has nothing to do with composer: shipping, a mug. */
export function packagesOf(product) {
  return PACKAGES_BY_PRODUCT.get(String(product ?? ""));
}

/** By the calendar, so that a leap year is not a day short. Unix seconds. */
export function endOfTerm(startsAt) {
  const end = new Date(startsAt * 1000);
  end.setUTCFullYear(end.getUTCFullYear() + TERM_YEARS);
  return Math.floor(end.getTime() / 1000);
}
