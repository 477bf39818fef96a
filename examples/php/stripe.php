<?php

declare(strict_types=1);

namespace PackageBroker;

use DateInterval;
use DateTimeImmutable;
use RuntimeException;

/*
 * Stripe: `checkout.session.completed`, `checkout.session.async_payment_succeeded`, `invoice.paid`,
 * `customer.subscription.deleted`, `charge.refunded`, `charge.dispute.created`, `charge.dispute.closed`. A new period
 * is no payment: only what was paid extends. Put the price into `metadata.product` of a session that is no
 * subscription, and into `payment_intent_data.metadata` as well: the event does not have it otherwise.
 */

function handleStripeEvent(array $event): void
{
    $object = $event['data']['object'] ?? [];
    $at = (int) ($event['created'] ?? 0);
    match ($event['type'] ?? null) {
        'checkout.session.completed', 'checkout.session.async_payment_succeeded' => handleSession($object, $at),
        'invoice.paid' => sellAll(saleOfInvoice($object, $at)),
        'customer.subscription.deleted' => endOrder(saleOfStripe($object['id'], $object, $at)),
        'charge.refunded' => handleStripeRefund($object, $at),
        'charge.dispute.created' => suspendOrder(saleOfPayment($object['payment_intent'], $at)),
        'charge.dispute.closed' => handleDisputeClosed($object, $at),
        default => null,
    };
}

/** Of a subscription `invoice.paid` tells, the first time too. */
function handleSession(array $session, int $at): void
{
    $packages = packagesOf($session['metadata']['product'] ?? null);
    $isPaid = in_array($session['payment_status'] ?? '', ['paid', 'no_payment_required'], true);
    if (($session['mode'] ?? '') !== 'payment' || !$isPaid || $packages === null) {
        return;
    }
    $until = (new DateTimeImmutable("@{$session['created']}"))->add(new DateInterval(TERM))->getTimestamp();
    $line = ['line' => '1', 'packages' => $packages, 'paid_until' => $until];
    // The payment is what a refund and a dispute name later.
    sell(['lines' => [$line]] + saleOfStripe($session['payment_intent'] ?? $session['id'], $session, $at));
}

/** The subscription is the order, its items are the lines; each is paid until the end of its own period. */
function saleOfInvoice(array $invoice, int $at): array
{
    $subscription = $invoice['parent']['subscription_details']['subscription'] ?? null;
    $lines = [];
    foreach ($subscription === null ? [] : $invoice['lines']['data'] as $item) {
        $details = $item['parent']['subscription_item_details'] ?? [];
        $packages = packagesOf($item['pricing']['price_details']['price'] ?? null);
        if ($packages !== null && ($details['proration'] ?? false) === false) {
            $lines[] = ['line' => $details['subscription_item'], 'packages' => $packages, 'paid_until' => $item['period']['end']];
        }
    }
    return ['lines' => $lines] + saleOfStripe($subscription ?? $invoice['id'], $invoice, $at);
}

function saleOfStripe(string $orderId, array $object, int $at): array
{
    return [
        'order_id' => $orderId,
        // Payment Links have guests: no customer.
        'customer_id' => (string) ($object['customer'] ?? ''),
        'customer_email' => $object['customer_email'] ?? $object['customer_details']['email'] ?? '',
        'occurred_at' => $at,
        'lines' => [],
        'removed_lines' => [],
    ];
}

/** Refunded in part, Stripe does not say for what: somebody has to look at it. */
function handleStripeRefund(array $charge, int $at): void
{
    if (($charge['refunded'] ?? false) !== true) {
        error_log("Charge {$charge['id']} was refunded in part: nothing was changed.");
        return;
    }
    $sale = saleOfPayment($charge['payment_intent'], $at);
    refund($sale);
}

function handleDisputeClosed(array $dispute, int $at): void
{
    $sale = saleOfPayment($dispute['payment_intent'], $at);
    match ($dispute['status']) {
        'won' => resumeOrder($sale),
        'lost' => endOrder($sale),
        default => null,
    };
}

/**
 * Whose payment it was: of a subscription the invoice says which. A renewal goes back to the end of the period before;
 * what was paid first ends.
 */
function saleOfPayment(string $payment, int $at): array
{
    $query = ['payment[type]' => 'payment_intent', 'payment[payment_intent]' => $payment];
    $invoice = callStripe('invoice_payments', $query)['data'][0]['invoice'] ?? null;
    if ($invoice === null) {
        return saleOfStripe($payment, callStripe("payment_intents/{$payment}"), $at);
    }
    $invoice = callStripe("invoices/{$invoice}");
    $sale = saleOfInvoice($invoice, $at);
    if ($invoice['billing_reason'] !== 'subscription_cycle') {
        return ['lines' => []] + $sale;
    }
    $starts = array_column(array_column($invoice['lines']['data'], 'period'), 'start');
    $before = fn (array $line): array => ['paid_until' => min($starts)] + $line;
    return ['lines' => array_map($before, $sale['lines'])] + $sale;
}

function callStripe(string $path, array $query = []): array
{
    $base = getenv('STRIPE_URL') ?: 'https://api.stripe.com';
    $curl = curl_init("{$base}/v1/{$path}?" . http_build_query($query));
    curl_setopt_array($curl, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 5,
        CURLOPT_TIMEOUT => 30,
        CURLOPT_USERPWD => setting('STRIPE_KEY') . ':',
    ]);
    $answer = curl_exec($curl);
    if ($answer === false || curl_getinfo($curl, CURLINFO_RESPONSE_CODE) !== 200) {
        throw new RuntimeException("Stripe did not answer {$path}: " . curl_error($curl));
    }
    return json_decode($answer, true, 64, JSON_THROW_ON_ERROR);
}
