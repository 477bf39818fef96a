<?php

declare(strict_types=1);

namespace PackageBroker;

use RuntimeException;

/**
 * Once for each token, also when its order is told again: for a day PACKAGE.broker repeats the answer with the secret,
 * so that a mail that was not taken can be tried again. The marks may go after that day.
 */
function mailOnce(string $email, array $token): void
{
    $mark = setting('STATE_DIR') . "/mailed-{$token['id']}";
    if (!is_file($mark)) {
        sendTokenToCustomer($email, $token['token'], $token['expires_at']);
        touch($mark);
    }
}

/** Yours: use what your shop sends mails with. It throws when the mail was not taken, so that it is tried again. */
function sendTokenToCustomer(string $email, string $token, ?int $expiresAt): void
{
    $url = rtrim(setting('BROKER_URL'), '/');
    $host = preg_replace('#^https?://#', '', $url);
    $until = $expiresAt === null ? '' : ' It ends on ' . gmdate('Y-m-d H:i', $expiresAt) . ' (UTC).';
    $text = "Run these lines in your project:\n\n"
        . "  composer config repositories.your-vendor composer {$url}\n"
        . "  composer config http-basic.{$host} token {$token}\n\n"
        . "Whatever you buy from us later opens with the same token.{$until}";
    if (!mail($email, 'Your access', $text)) {
        throw new RuntimeException('The mail was not taken.');
    }
}
