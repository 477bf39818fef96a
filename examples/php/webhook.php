<?php

declare(strict_types=1);

namespace PackageBroker;

use Throwable;

// The address your shop calls. Put it behind https, and the settings into the environment: see ../README.md.
require __DIR__ . '/autoload.php';

try {
    // Over the raw body, before anything of it is read.
    $payload = file_get_contents('php://input');
    if (setting('SHOP') === 'woocommerce' && isWooCommercePing($payload)) {
        http_response_code(200);
        exit('pong');
    }
    if (!isFromShop($payload, $_SERVER)) {
        http_response_code(401);
        exit('wrong signature');
    }
    $event = json_decode($payload, true, 64, JSON_THROW_ON_ERROR);
    match (setting('SHOP')) {
        'own' => handleShopDelivery($event),
        'woocommerce' => handleWooCommerceOrder($event),
        'stripe' => handleStripeEvent($event),
    };
    http_response_code(204);
} catch (Throwable $error) {
    // A shop that delivers again does so, the others are swept; the log has no secret, because no message holds one.
    error_log($error->getMessage());
    http_response_code(500);
}
