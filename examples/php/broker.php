<?php

declare(strict_types=1);

namespace PackageBroker;

use RuntimeException;

/**
 * Calls the Management API and returns the status and the decoded answer. Repeats what may be repeated: no answer, 429
 * and 5xx, with a pause that grows, at most `$attempts` times. Give a POST an `Idempotency-Key`, or it is made twice.
 */
function callBroker(string $method, string $path, ?array $body = null, array $headers = [], int $attempts = 4): array
{
    $reason = '';
    for ($attempt = 1; ; $attempt++) {
        $retryAfter = 0;
        $curl = curl_init(rtrim(setting('BROKER_URL'), '/') . $path);
        curl_setopt_array($curl, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 5,
            CURLOPT_TIMEOUT => 25,
            CURLOPT_HTTPHEADER => [
                'Authorization: Bearer ' . setting('BROKER_TOKEN'),
                ...($body === null ? [] : ['Content-Type: application/json']),
                ...$headers,
            ],
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$retryAfter): int {
                if (preg_match('/^retry-after: *(\d+)/i', $line, $match) === 1) {
                    $retryAfter = (int) $match[1];
                }
                return strlen($line);
            },
        ]);
        if ($body !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body, JSON_THROW_ON_ERROR));
        }
        $answer = curl_exec($curl);
        $status = $answer === false ? 0 : curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        $reason = $answer === false ? curl_error($curl) : "status {$status}";
        if ($status !== 0 && $status !== 429 && $status < 500) {
            return [$status, json_decode($answer, true, 32, JSON_THROW_ON_ERROR)];
        }
        // Somebody waits for us: what is not done within a minute is done with the next delivery or sweep.
        if ($attempt >= $attempts || $retryAfter > 20) {
            throw new RuntimeException("PACKAGE.broker did not answer: {$reason}");
        }
        usleep(max($retryAfter * 1_000_000, 250_000 * 2 ** $attempt));
    }
}

/** Throws what PACKAGE.broker says is wrong: `detail` for people, `request_id` for the server's log. */
function requireStatus(int $status, array $answer, int ...$expected): void
{
    if (!in_array($status, $expected, true)) {
        throw new RuntimeException("{$answer['code']}: {$answer['detail']} ({$answer['request_id']})");
    }
}

/** A setting of the environment, or a constant of that name; a handler without its secrets must not run. */
function setting(string $name): string
{
    $value = defined($name) ? constant($name) : getenv($name);
    if (!is_string($value) || $value === '') {
        throw new RuntimeException("{$name} is not set.");
    }
    return $value;
}
