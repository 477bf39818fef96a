<?php

declare(strict_types=1);

namespace PackageBroker;

use Throwable;

// Run it every quarter of an hour: php sweep.php 24. It tells everything of the last hours again that WooCommerce may
// have lost; what PACKAGE.broker knows already changes nothing.
require __DIR__ . '/autoload.php';

$since = gmdate('Y-m-d\TH:i:s', time() - 3600 * (int) ($argv[1] ?? 24));
$failed = 0;
for ($page = 1; ; $page++) {
    $orders = callWooCommerce('orders', [
        'modified_after' => $since,
        // Otherwise the time is the site's own.
        'dates_are_gmt' => 'true',
        'orderby' => 'modified',
        'order' => 'asc',
        'status' => 'any',
        'per_page' => 100,
        'page' => $page,
    ]);
    foreach ($orders as $order) {
        try {
            handleWooCommerceOrder($order);
        } catch (Throwable $error) {
            // The others do not wait for this one.
            fwrite(STDERR, "Order {$order['id']}: {$error->getMessage()}\n");
            $failed++;
        }
    }
    if (count($orders) < 100) {
        break;
    }
}
exit($failed === 0 ? 0 : 1);
