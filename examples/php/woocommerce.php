<?php

declare(strict_types=1);

namespace PackageBroker;

use DateInterval;
use DateTimeImmutable;
use RuntimeException;

/*
 * WooCommerce: `order.created` and `order.updated` (WooCommerce → Settings → Advanced → Webhooks, version v3). It never
 * delivers again and switches a webhook off after more than five failures in a row, so sweep.php goes over the orders
 * once more. An order in the webhook and in the REST API is the same object.
 */

/** Saving a webhook sends `webhook_id=5` without a signature, and WooCommerce wants 200 for it. */
function isWooCommercePing(string $payload): bool
{
    return preg_match('/^webhook_id=\d+$/', $payload) === 1;
}

function handleWooCommerceOrder(array $order): void
{
    // Deleted orders come as an id alone, and where the webhook's owner lost the rights, an error comes.
    if (!isset($order['status'], $order['line_items'])) {
        return;
    }
    $paid = $order['date_paid_gmt'] ?? null;
    match (true) {
        $paid === null => null,
        in_array($order['status'], ['processing', 'completed'], true) => applyPaidOrder($order),
        $order['status'] === 'refunded' => refund(['lines' => []] + saleOfOrder($order)),
        in_array($order['status'], ['cancelled', 'failed'], true) => endOrder(saleOfOrder($order)),
        default => null,
    };
}

function applyPaidOrder(array $order): void
{
    $sale = saleOfOrder($order);
    $refunded = ($order['refunds'] ?? []) === [] ? [] : linesRefunded($order['id']);
    $isRefunded = fn (array $line): bool => in_array($line['line'], $refunded, true);
    $sold = array_filter($sale['lines'], fn (array $line): bool => !$isRefunded($line));
    // Paid when it was paid: told again it changes nothing, and what was refunded since stays so.
    if ($sold !== []) {
        sell(['lines' => array_values($sold), 'occurred_at' => strtotime("{$order['date_paid_gmt']}Z")] + $sale);
    }
    $ended = array_filter($sale['lines'], $isRefunded);
    if ($ended !== []) {
        refund(['lines' => array_map(fn (array $line): array => array_diff_key($line, ['paid_until' => 0]), array_values($ended))] + $sale);
    }
}

function saleOfOrder(array $order): array
{
    $until = (new DateTimeImmutable("{$order['date_paid_gmt']}Z"))->add(new DateInterval(TERM))->getTimestamp();
    $lines = [];
    foreach ($order['line_items'] as $item) {
        $packages = packagesOf($item['sku'] ?? null);
        if ($packages !== null) {
            $lines[] = ['line' => (string) $item['id'], 'packages' => $packages, 'paid_until' => $until];
        }
    }
    return [
        'order_id' => (string) $order['id'],
        'customer_id' => (string) $order['customer_id'],
        'customer_email' => $order['billing']['email'],
        'occurred_at' => strtotime("{$order['date_modified_gmt']}Z"),
        'lines' => $lines,
    ];
}

/** The order itself says only how much went back; its refunds say of which line. An amount alone names none. */
function linesRefunded(int $orderId): array
{
    $lines = [];
    foreach (callWooCommerce("orders/{$orderId}/refunds") as $refund) {
        foreach ($refund['line_items'] as $item) {
            foreach ($item['meta_data'] ?? [] as $meta) {
                if ($meta['key'] === '_refunded_item_id' && $item['quantity'] < 0) {
                    $lines[] = (string) $meta['value'];
                }
            }
        }
    }
    return $lines;
}

/** Reads the shop's REST API (WooCommerce → Settings → Advanced → REST API, a key that may read). */
function callWooCommerce(string $path, array $query = []): array
{
    $curl = curl_init(rtrim(setting('WOO_URL'), '/') . "/wp-json/wc/v3/{$path}?" . http_build_query($query));
    curl_setopt_array($curl, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 5,
        CURLOPT_TIMEOUT => 30,
        CURLOPT_USERPWD => setting('WOO_KEY') . ':' . setting('WOO_SECRET'),
    ]);
    $answer = curl_exec($curl);
    if ($answer === false || curl_getinfo($curl, CURLINFO_RESPONSE_CODE) !== 200) {
        throw new RuntimeException("WooCommerce did not answer {$path}: " . curl_error($curl));
    }
    return json_decode($answer, true, 64, JSON_THROW_ON_ERROR);
}
