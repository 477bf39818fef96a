<?php

declare(strict_types=1);

namespace PackageBroker;

use RuntimeException;

require __DIR__ . '/broker.php';
require __DIR__ . '/signatures.php';
require __DIR__ . '/products.php';
require __DIR__ . '/sales.php';
require __DIR__ . '/deliveries.php';
require __DIR__ . '/woocommerce.php';
require __DIR__ . '/stripe.php';
require __DIR__ . '/mail.php';

// A warning is a mistake of ours: without this the handler would go on with half an order.
set_error_handler(function (int $level, string $message): never {
    throw new RuntimeException($message);
});
