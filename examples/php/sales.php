<?php

declare(strict_types=1);

namespace PackageBroker;

/*
 * What is sold becomes lines of the customer's orders; the customer has one credential, which opens all of them.
 * Every statement is absolute and says when it happened in the shop, so deliveries may be repeated, late or swapped.
 *
 * A sale is ['order_id', 'customer_id', 'customer_email', 'occurred_at', 'lines' => [['line', 'packages',
 * 'paid_until'], …]]: `order_id` the shop's number of the order, or of the subscription where it renews; `line` the
 * number of the line in it; `paid_until` in Unix seconds, null for ever.
 */

/** Paid, renewed, or changed: what each line grants from now on. */
function sell(array $sale): void
{
    if (isGuest($sale)) {
        sellToGuest($sale);
        return;
    }
    foreach ($sale['lines'] as $line) {
        [$status, $answer] = callBroker('PUT', pathOf($sale, $line['line']), [
            'packages' => $line['packages'],
            'expires_at' => $line['paid_until'],
            'occurred_at' => $sale['occurred_at'],
            // What a package requires of your others is granted along with it.
            'with_dependencies' => true,
        ]);
        requireStatus($status, $answer, 200, 201);
    }
    giveCredential($sale);
}

/** The one credential of a customer, made and mailed with the first order, however many come at once. */
function giveCredential(array $sale): void
{
    $body = [
        'description' => "Customer {$sale['customer_id']}",
        'access' => 'customer',
        'unique_by' => 'customer',
        'rate_limit_max' => 1000,
        'metadata' => ['customer_id' => $sale['customer_id'], 'customer_email' => $sale['customer_email']],
    ];
    [$status, $token] = callBroker('POST', '/api/tokens', $body, [keyOf('credential', $sale['order_id'], $body)]);
    requireStatus($status, $token, 200, 201);
    // 200: the customer has a credential, and it opens what was bought now.
    if ($status === 201) {
        mailOnce($sale['customer_email'], $token);
    }
}

/**
 * The money of some lines went back, or all of it: those with `paid_until` are good until then again, as after the
 * refund of one renewal; those without end at once. No lines: the whole order ends.
 */
function refund(array $sale): void
{
    if ($sale['lines'] === []) {
        endOrder($sale);
        return;
    }
    if (isGuest($sale)) {
        refundGuest($sale);
        return;
    }
    foreach ($sale['lines'] as $line) {
        isset($line['paid_until']) ? sell(['lines' => [$line]] + $sale) : endLine($sale, $line['line']);
    }
}

/** Ends what one line of an order brought. Also before the purchase of it is told. */
function endLine(array $sale, string $line): void
{
    $query = http_build_query(['occurred_at' => $sale['occurred_at']]);
    [$status, $answer] = callBroker('DELETE', pathOf($sale, $line) . "?{$query}");
    requireStatus($status, $answer, 200);
}

/** Ends everything that an order brought, however it was sold. */
function endOrder(array $sale): void
{
    changeOrder($sale, 'revoke');
}

/** A dispute was opened: nothing opens until it is decided, and no date moves. */
function suspendOrder(array $sale): void
{
    changeOrder($sale, 'suspend');
}

/** The dispute was won. */
function resumeOrder(array $sale): void
{
    changeOrder($sale, 'resume');
}

function changeOrder(array $sale, string $verb): void
{
    $path = '/api/orders/' . rawurlencode($sale['order_id']) . "/{$verb}";
    // A number of an order can be two buyers', after a move of the shop or on a copy of it.
    $buyer = array_filter([
        'customer_id' => isGuest($sale) ? '' : $sale['customer_id'],
        'customer_email' => isGuest($sale) ? $sale['customer_email'] : '',
    ]);
    [$status, $answer] = callBroker('POST', $path, $buyer);
    // 404: nothing was sold, as with an order that was cancelled before it was paid.
    requireStatus($status, $answer, 200, 404);
}

/** Whoever buys without an account has no id to grant anything to: a token for the order. */
function sellToGuest(array $sale): void
{
    $ends = array_column($sale['lines'], 'paid_until');
    $body = [
        'description' => "Order {$sale['order_id']}",
        'allowed_package_prefixes' => array_values(array_unique(array_merge(...array_column($sale['lines'], 'packages')))),
        'expires_at' => in_array(null, $ends, true) ? null : max($ends),
        'rate_limit_max' => 1000,
        'unique_by' => 'order',
        'metadata' => ['customer_email' => $sale['customer_email'], 'order_id' => $sale['order_id']],
    ];
    [$status, $token] = callBroker('POST', '/api/tokens', $body, [keyOf('guest', $sale['order_id'], $body)]);
    if ($status === 409 && $token['code'] === 'sale.ended') {
        // Refunded or cancelled, perhaps before this arrived: nothing is mailed, and the dashboard asks for a look.
        return;
    }
    requireStatus($status, $token, 200, 201);
    if ($status === 201) {
        mailOnce($sale['customer_email'], $token);
        return;
    }
    renewGuest($token, $body['expires_at']);
}

/** Never shortens: the later end counts. */
function renewGuest(array $token, ?int $until): void
{
    if ($until === null || $token['expires_at'] === null || $token['expires_at'] >= $until) {
        return;
    }
    [$status, $answer] = callBroker('POST', "/api/tokens/{$token['id']}/renew", ['until' => $until]);
    requireStatus($status, $answer, 200);
}

function refundGuest(array $sale): void
{
    $ended = array_filter($sale['lines'], fn (array $line): bool => !isset($line['paid_until']));
    $ends = array_column($sale['lines'], 'paid_until');
    foreach (tokensOfGuest($sale) as $token) {
        $packages = array_merge([], ...array_column($ended, 'packages'));
        $left = array_values(array_diff($token['allowed_package_prefixes'], $packages));
        if ($left === []) {
            endOrder($sale);
            return;
        }
        $change = ['allowed_package_prefixes' => $left] + ($ends === [] ? [] : ['expires_at' => max($ends)]);
        [$status, $answer] = callBroker('PATCH', "/api/tokens/{$token['id']}", $change);
        requireStatus($status, $answer, 200);
    }
}

function tokensOfGuest(array $sale): array
{
    $query = http_build_query(['order_id' => $sale['order_id'], 'customer_email' => $sale['customer_email']]);
    [$status, $tokens] = callBroker('GET', "/api/tokens?{$query}");
    requireStatus($status, $tokens, 200);
    return $tokens;
}

function isGuest(array $sale): bool
{
    return in_array($sale['customer_id'], ['', '0'], true);
}

function pathOf(array $sale, string $line): string
{
    $parts = [$sale['customer_id'], 'grants', setting('BROKER_SHOP'), $sale['order_id'], $line];
    return '/api/customers/' . implode('/', array_map('rawurlencode', $parts));
}

/** Names one call, so that another try of it is answered as the first. A header takes ASCII only: a hash. */
function keyOf(string $what, string $orderId, array $body): string
{
    return "Idempotency-Key: {$what}-" . hash('sha256', json_encode([$orderId, $body], JSON_THROW_ON_ERROR));
}
