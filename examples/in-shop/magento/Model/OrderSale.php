<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Model;

use DateInterval;
use DateTimeImmutable;
use Magento\Sales\Api\Data\OrderInterface;

use function PackageBroker\endOrder;
use function PackageBroker\refund;
use function PackageBroker\sell;

// broker.php, sales.php and your mail.php of examples/php; their settings are in the environment of the web server and
// of cron.
require_once __DIR__ . '/../lib/broker.php';
require_once __DIR__ . '/../lib/sales.php';
require_once __DIR__ . '/../lib/mail.php';

/** How it stands with an order, in the calls of sales.php. */
class OrderSale
{
    private const TERM = 'P1Y';

    /** Tells the state of now; repeated, it changes nothing. */
    public function tell(OrderInterface $order): void
    {
        $sale = $this->read($order);
        if ($sale['lines'] === []) {
            return;
        }
        // Closed: all of it was refunded.
        if (in_array($order->getState(), ['closed', 'canceled'], true)) {
            endOrder($sale);
            return;
        }
        if (!in_array($order->getState(), ['processing', 'complete'], true)) {
            return;
        }
        $isRefunded = fn (array $line): bool => $line['quantity'] <= 0;
        $sold = array_values(array_filter($sale['lines'], fn (array $line): bool => !$isRefunded($line)));
        if ($sold !== []) {
            sell(['lines' => $sold, 'occurred_at' => $this->seconds($order->getCreatedAt())] + $sale);
        }
        $withoutEnd = fn (array $line): array => array_diff_key($line, ['paid_until' => 0]);
        $ended = array_map($withoutEnd, array_values(array_filter($sale['lines'], $isRefunded)));
        if ($ended !== []) {
            refund(['lines' => $ended] + $sale);
        }
    }

    private function read(OrderInterface $order): array
    {
        $until = (new DateTimeImmutable("{$order->getCreatedAt()} UTC"))->add(new DateInterval(self::TERM));
        $lines = [];
        foreach ($order->getItems() as $item) {
            // An attribute of the product: your-vendor/checkout, your-vendor/theme
            $packages = (string) $item->getProduct()?->getData('composer_packages');
            if ($packages !== '' && $item->getParentItemId() === null) {
                $lines[] = [
                    'line' => (string) $item->getItemId(),
                    'packages' => array_map('trim', explode(',', $packages)),
                    'paid_until' => $until->getTimestamp(),
                    'quantity' => $item->getQtyOrdered() - $item->getQtyRefunded() - $item->getQtyCanceled(),
                ];
            }
        }
        return [
            'order_id' => $order->getIncrementId(),
            // Null for a guest.
            'customer_id' => (string) $order->getCustomerId(),
            'customer_email' => $order->getCustomerEmail(),
            'occurred_at' => $this->seconds($order->getUpdatedAt()),
            'lines' => $lines,
            'removed_lines' => [],
        ];
    }

    /** Magento keeps UTC without saying so. */
    private function seconds(string $time): int
    {
        return strtotime("{$time} UTC");
    }
}
