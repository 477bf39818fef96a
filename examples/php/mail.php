<?php

declare(strict_types=1);

/** Yours: use what your shop sends mails with. It throws when the mail was not taken, so that the shop delivers again. */
function sendTokenToCustomer(string $email, string $token, ?int $expiresAt): void
{
    $host = preg_replace('#^https?://#', '', setting('BROKER_URL'));
    $until = $expiresAt === null ? 'without end' : 'until ' . gmdate('Y-m-d', $expiresAt);
    $text = "Run this in your project:\n\n  composer config http-basic.{$host} token {$token}\n\nIt is valid {$until}.";
    if (!mail($email, 'Your access', $text)) {
        throw new RuntimeException('The mail was not taken.');
    }
}
