<?php
/**
 * Plugin Name: Composer access for buyers
 * Description: Tells PACKAGE.broker of paid, refunded and cancelled WooCommerce orders.
 * Requires Plugins: woocommerce
 */

declare(strict_types=1);

namespace PackageBroker;

use DateInterval;
use Throwable;

// broker.php and sales.php of examples/php. BROKER_URL, BROKER_TOKEN and BROKER_SHOP are constants in wp-config.php.
require_once __DIR__ . '/lib/broker.php';
require_once __DIR__ . '/lib/sales.php';

const TERM = 'P1Y';
const TELL = 'package_broker_tell';
const SWEEP = 'package_broker_sweep';
/** After the tenth try, somewhat more than two days, the sweep is what is left. */
const ATTEMPTS_MAX = 10;

foreach (['processing', 'completed', 'refunded', 'cancelled', 'failed'] as $status) {
    add_action("woocommerce_order_status_{$status}", __NAMESPACE__ . '\\tellLater');
}
add_action('woocommerce_order_refunded', __NAMESPACE__ . '\\tellLater');
add_action(TELL, __NAMESPACE__ . '\\tell', 10, 2);
add_action(SWEEP, __NAMESPACE__ . '\\sweep');
add_action('init', __NAMESPACE__ . '\\scheduleSweep');

/** Within the checkout: nothing here may keep an order from being placed, so it only goes into the queue. */
function tellLater(int $orderId): void
{
    try {
        as_enqueue_async_action(TELL, [$orderId, 1], 'package-broker');
    } catch (Throwable $error) {
        // The sweep finds the order.
        error_log("Order {$orderId} was not queued for PACKAGE.broker: {$error->getMessage()}");
    }
}

/** Tells how it stands with the order now, whatever happened in between; repeated, it changes nothing. */
function tell(int $orderId, int $attempt): void
{
    try {
        tellOrder($orderId);
    } catch (Throwable $error) {
        error_log("PACKAGE.broker was not told of order {$orderId}: {$error->getMessage()}");
        if ($attempt < ATTEMPTS_MAX) {
            as_schedule_single_action(time() + 60 * 3 ** min($attempt, 7), TELL, [$orderId, $attempt + 1], 'package-broker');
        }
    }
}

function scheduleSweep(): void
{
    if (as_next_scheduled_action(SWEEP) === false) {
        as_schedule_recurring_action(time(), 3600, SWEEP, [], 'package-broker');
    }
}

/** What was changed within a day once more: a queue that was emptied, a server that was down for long. */
function sweep(): void
{
    $changed = ['date_modified' => '>' . (time() - 86_400), 'limit' => -1, 'return' => 'ids', 'type' => 'shop_order'];
    foreach (wc_get_orders($changed) as $orderId) {
        tellLater((int) $orderId);
    }
}

function tellOrder(int $orderId): void
{
    $order = wc_get_order($orderId);
    if (!$order || $order->get_date_paid() === null) {
        return;
    }
    $sale = saleOfOrder($order);
    if ($sale['lines'] === []) {
        return;
    }
    if (in_array($order->get_status(), ['refunded', 'cancelled', 'failed'], true)) {
        endOrder($sale);
        return;
    }
    if (!in_array($order->get_status(), ['processing', 'completed'], true)) {
        return;
    }
    // A line is refunded when all of it went back. An amount alone names no line: somebody has to look at it.
    $isRefunded = fn (array $line): bool => $order->get_qty_refunded_for_item((int) $line['line']) <= -$line['quantity'];
    $sold = array_values(array_filter($sale['lines'], fn (array $line): bool => !$isRefunded($line)));
    if ($sold !== []) {
        sell(['lines' => $sold, 'occurred_at' => $order->get_date_paid()->getTimestamp()] + $sale);
    }
    $ended = array_values(array_filter($sale['lines'], $isRefunded));
    if ($ended !== []) {
        refund(['lines' => array_map(fn (array $line): array => array_diff_key($line, ['paid_until' => 0]), $ended)] + $sale);
    }
}

function saleOfOrder(object $order): array
{
    $until = (clone $order->get_date_paid())->add(new DateInterval(TERM))->getTimestamp();
    $lines = [];
    foreach ($order->get_items() as $id => $item) {
        // The product's own field: your-vendor/checkout, your-vendor/theme
        $packages = (string) $item->get_product()?->get_meta('composer_packages');
        if ($packages !== '') {
            $lines[] = [
                'line' => (string) $id,
                'packages' => array_map('trim', explode(',', $packages)),
                'paid_until' => $until,
                'quantity' => $item->get_quantity(),
            ];
        }
    }
    return [
        'order_id' => (string) $order->get_id(),
        'customer_id' => (string) $order->get_customer_id(),
        'customer_email' => $order->get_billing_email(),
        'occurred_at' => $order->get_date_modified()->getTimestamp(),
        'lines' => $lines,
        'removed_lines' => [],
    ];
}

/**
 * Once for each token, also when its order is told again: for a day PACKAGE.broker repeats the answer with the secret,
 * so that a mail that was not taken can be tried again.
 */
function mailOnce(string $email, array $token): void
{
    $mark = "package_broker_mailed_{$token['id']}";
    if (get_transient($mark) === false) {
        sendTokenToCustomer($email, $token['token']);
        set_transient($mark, 1, 2 * DAY_IN_SECONDS);
    }
}

/** Throws when the mail was not taken. */
function sendTokenToCustomer(string $email, string $token): void
{
    $url = rtrim(setting('BROKER_URL'), '/');
    $host = preg_replace('#^https?://#', '', $url);
    $text = "Run these lines in your project:\n\n"
        . "composer config repositories.your-vendor composer {$url}\n"
        . "composer config http-basic.{$host} token {$token}\n\n"
        . 'Whatever you buy from us later opens with the same token.';
    if (!wp_mail($email, 'Your access for Composer', $text)) {
        throw new \RuntimeException('The mail was not taken.');
    }
}
