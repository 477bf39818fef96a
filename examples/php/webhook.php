<?php

declare(strict_types=1);

// The address your shop calls. Put it behind https, and the settings into the environment: see ../README.md.
require __DIR__ . '/broker.php';
require __DIR__ . '/signatures.php';
require __DIR__ . '/orders.php';
require __DIR__ . '/mail.php';

// A warning is a mistake of ours: without this the handler would go on with half an order.
set_error_handler(function (int $level, string $message): never {
    throw new RuntimeException($message);
});

try {
    // Over the raw body, before anything of it is read.
    $payload = file_get_contents('php://input');
    if (!isFromShop($payload, $_SERVER)) {
        http_response_code(401);
        exit('wrong signature');
    }
    $order = json_decode($payload, true, 32, JSON_THROW_ON_ERROR);
    match ($order['event']) {
        'purchase' => handlePurchase($order),
        'renewal' => handleRenewal($order),
        'cancellation', 'refund' => handleCancellation($order),
    };
    http_response_code(204);
} catch (Throwable $error) {
    // The shop delivers again; the log has no secret, because no message of ours holds one.
    error_log($error->getMessage());
    http_response_code(500);
}
