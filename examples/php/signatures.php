<?php

declare(strict_types=1);

namespace PackageBroker;

/** Older deliveries of a timestamped signature are refused: somebody may have recorded them. */
const TOLERANCE_SECONDS = 300;

/** The commonest form: the body's HMAC-SHA256 in hex, in a header of the shop's own, here `X-Shop-Signature`. */
function isSignedInHex(string $payload, array $server, string $secret): bool
{
    return hash_equals(hash_hmac('sha256', $payload, $secret), $server['HTTP_X_SHOP_SIGNATURE'] ?? '');
}

/** WooCommerce: the same in base64, in `X-WC-Webhook-Signature`. */
function isFromWooCommerce(string $payload, array $server, string $secret): bool
{
    $expected = base64_encode(hash_hmac('sha256', $payload, $secret, true));
    return hash_equals($expected, $server['HTTP_X_WC_WEBHOOK_SIGNATURE'] ?? '');
}

/** Stripe: `Stripe-Signature: t=1795509795,v1=…`, over the time and the body, so that it cannot be replayed for ever. */
function isFromStripe(string $payload, array $server, string $secret): bool
{
    $time = 0;
    $signatures = [];
    foreach (explode(',', $server['HTTP_STRIPE_SIGNATURE'] ?? '') as $part) {
        [$name, $value] = [...explode('=', trim($part), 2), ''];
        if ($name === 't') {
            $time = (int) $value;
        } elseif ($name === 'v1') {
            $signatures[] = $value;
        }
    }
    if (abs(time() - $time) > TOLERANCE_SECONDS) {
        return false;
    }
    $expected = hash_hmac('sha256', "{$time}.{$payload}", $secret);
    // While a secret is rolled there are two signatures.
    foreach ($signatures as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

/** By the shop that SHOP names: `own`, `woocommerce` or `stripe`. */
function isFromShop(string $payload, array $server): bool
{
    $secret = setting('SHOP_WEBHOOK_SECRET');
    return match (setting('SHOP')) {
        'own' => isSignedInHex($payload, $server, $secret),
        'woocommerce' => isFromWooCommerce($payload, $server, $secret),
        'stripe' => isFromStripe($payload, $server, $secret),
    };
}
