<?php

declare(strict_types=1);

namespace PackageBroker;

/*
 * From what a shop delivers to the calls in sales.php. What is not ours or not known is answered with success: shops
 * switch a webhook off that fails often, and Stripe repeats for days.
 */

/** A delivery of your own shop: the types and fields of README.md. */
function handleShopDelivery(array $event): void
{
    if (!str_starts_with($event['type'] ?? '', 'sale.')) {
        return;
    }
    $sale = readSale($event);
    if ($sale['lines'] === [] && ($event['lines'] ?? []) !== []) {
        // Only what has nothing to do with composer; no lines at all would mean the whole order.
        return;
    }
    match ($event['type']) {
        'sale.paid', 'sale.renewed' => sellAll($sale),
        'sale.refunded' => refund($sale),
        // Paid until the end of its term: the lines say until when, and nothing else changes.
        'sale.cancelled' => $sale['lines'] === [] ? null : sell($sale),
        'sale.ended', 'sale.dispute_lost' => endOrder($sale),
        'sale.disputed' => suspendOrder($sale),
        'sale.dispute_won' => resumeOrder($sale),
        default => null,
    };
}

/** Nothing is sold where nothing of the order has to do with composer. */
function sellAll(array $sale): void
{
    foreach ($sale['removed_lines'] as $line) {
        isGuest($sale) ? null : endLine($sale, $line);
    }
    if ($sale['lines'] !== []) {
        sell($sale);
    }
}

/** Ids come as numbers from some shops: as text they are the same. */
function readSale(array $event): array
{
    $lines = [];
    foreach ($event['lines'] ?? [] as $line) {
        $packages = packagesOf(isset($line['product']) ? (string) $line['product'] : null);
        if ($packages === null) {
            continue;
        }
        $read = ['line' => (string) $line['line'], 'packages' => $packages];
        // Not there is something else than null in a refund: ended, and not for ever.
        if (array_key_exists('paid_until', $line)) {
            $read['paid_until'] = readEnd($line['paid_until']);
        } elseif ($event['type'] !== 'sale.refunded') {
            $read['paid_until'] = null;
        }
        $lines[] = $read;
    }
    return [
        'order_id' => (string) ($event['shop_order'] ?? ''),
        'customer_id' => (string) ($event['customer']['id'] ?? ''),
        'customer_email' => (string) ($event['customer']['email'] ?? ''),
        'occurred_at' => (int) $event['occurred_at'],
        'lines' => $lines,
        'removed_lines' => array_map('strval', $event['removed_lines'] ?? []),
    ];
}

/** No end is null; shops say it with 0, false, "" and words, too. */
function readEnd(mixed $end): ?int
{
    return is_numeric($end) && (int) $end > 0 ? (int) $end : null;
}
