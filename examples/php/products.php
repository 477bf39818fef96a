<?php

declare(strict_types=1);

namespace PackageBroker;

use DateInterval;

/** What your shop calls a product, and what composer calls it: the article number, or Stripe's price. Yours to fill. */
const PACKAGES_BY_PRODUCT = [
    'CHECKOUT' => ['your-vendor/checkout'],
    'THEME' => ['your-vendor/theme'],
    // A bundle is several packages.
    'BUNDLE' => ['your-vendor/checkout', 'your-vendor/theme'],
    'price_checkout' => ['your-vendor/checkout'],
];

/** For how long a sale is good where the shop does not say, as PHP's DateInterval. */
const TERM = 'P1Y';

/** What is bought with a product; null for one that has nothing to do with composer: shipping, a mug. */
function packagesOf(?string $product): ?array
{
    return PACKAGES_BY_PRODUCT[$product ?? ''] ?? null;
}
