<?php

declare(strict_types=1);

/** A token that ends here opens nothing. Always the same, because an `Idempotency-Key` goes with one body. */
const LONG_AGO = 1_000_000_000;

/** The token of an order, also a revoked one; null when there is none. */
function findTokenOfOrder(string $orderId): ?array
{
    $query = http_build_query(['order_id' => $orderId, 'status' => 'all', 'limit' => 1]);
    [$status, $tokens] = callBroker('GET', "/api/tokens?{$query}");
    requireStatus($status, $tokens, 200);
    return $tokens[0] ?? null;
}

/** What both a purchase and a cancellation say of an order: the body of `POST /api/tokens`. */
function tokenOfOrder(array $order, ?int $expiresAt): array
{
    return [
        'description' => "Order {$order['order_id']}",
        'expires_at' => $expiresAt,
        'allowed_package_prefixes' => $order['packages'],
        'rate_limit_max' => 1000,
        // One token per order for ever, however often and however late the shop tells of it.
        'unique_by' => 'order',
        'metadata' => [
            'customer_id' => $order['customer_id'] ?? null,
            'customer_email' => $order['customer_email'] ?? null,
            'order_id' => $order['order_id'],
        ],
    ];
}

/** A paid order: makes the token and mails it. Repeated, it changes nothing and mails the same token again. */
function handlePurchase(array $order): void
{
    $headers = ["Idempotency-Key: order-{$order['order_id']}"];
    [$status, $token] = callBroker('POST', '/api/tokens', tokenOfOrder($order, $order['paid_until'] ?? null), $headers);
    if ($status === 409 && $token['code'] === 'sale.ended') {
        // Refunded or cancelled, perhaps before this arrived: nothing is mailed, and the dashboard asks for a look.
        return;
    }
    requireStatus($status, $token, 200, 201);
    // 200: the order had a token, whose secret nobody can show again.
    if ($status === 201) {
        sendTokenToCustomer($order['customer_email'], $token['token'], $token['expires_at']);
    }
}

/** A renewal: later deliveries of earlier ones never shorten what was paid for. */
function handleRenewal(array $order): void
{
    $token = findTokenOfOrder($order['order_id']);
    if ($token === null) {
        // The renewal overtook its purchase: with an error the shop delivers it again.
        throw new RuntimeException("Order {$order['order_id']} has no token yet.");
    }
    if ($token['status'] === 'revoked' || $token['expires_at'] === null || $token['expires_at'] >= $order['paid_until']) {
        return;
    }
    [$status, $answer] = callBroker('PATCH', "/api/tokens/{$token['id']}", ['expires_at' => $order['paid_until']]);
    requireStatus($status, $answer, 200);
}

/** A cancellation or a refund: ends the access at once. Also one that arrives before its purchase. */
function handleCancellation(array $order): void
{
    // An expired token stands for an order that has none yet, so that a purchase that comes later finds one and mails
    // nothing. When the order has a token, this answers with that one.
    $tombstone = tokenOfOrder($order, LONG_AGO);
    [$status, $token] = callBroker('POST', '/api/tokens', $tombstone, ["Idempotency-Key: cancel-{$order['order_id']}"]);
    if ($status === 409 && $token['code'] === 'sale.ended') {
        return;
    }
    requireStatus($status, $token, 200, 201);
    [$status, $answer] = callBroker('DELETE', "/api/tokens/{$token['id']}");
    requireStatus($status, $answer, 200);
}
