<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Message;

use DateInterval;
use DateTimeImmutable;
use Shopware\Core\Checkout\Order\OrderEntity;
use Shopware\Core\Framework\Context;
use Shopware\Core\Framework\DataAbstractionLayer\EntityRepository;
use Shopware\Core\Framework\DataAbstractionLayer\Search\Criteria;

use function PackageBroker\endOrder;
use function PackageBroker\sell;
use function PackageBroker\suspendOrder;

/** Whatever it throws makes Shopware's queue try again. */
class TellBrokerHandler
{
    private const TERM = 'P1Y';

    public function __construct(private readonly EntityRepository $orders)
    {
    }

    public function __invoke(TellBroker $message): void
    {
        $criteria = new Criteria([$message->orderId]);
        $criteria->addAssociations(['lineItems.product', 'orderCustomer', 'transactions.stateMachineState', 'stateMachineState']);
        $order = $this->orders->search($criteria, Context::createDefaultContext())->first();
        if ($order instanceof OrderEntity) {
            $this->tell($order);
        }
    }

    /** Tells the state of now; repeated, it changes nothing. */
    private function tell(OrderEntity $order): void
    {
        $payment = $order->getTransactions()?->last();
        $state = $payment?->getStateMachineState()?->getTechnicalName();
        $sale = $this->read($order, $payment?->getUpdatedAt() ?? $order->getOrderDateTime());
        if ($sale['lines'] === []) {
            return;
        }
        match (true) {
            $order->getStateMachineState()?->getTechnicalName() === 'cancelled', $state === 'refunded' => endOrder($sale),
            $state === 'chargeback' => suspendOrder($sale),
            $state === 'paid' => sell($sale),
            default => null,
        };
    }

    private function read(OrderEntity $order, \DateTimeInterface $changedAt): array
    {
        $until = DateTimeImmutable::createFromInterface($order->getOrderDateTime())->add(new DateInterval(self::TERM));
        $lines = [];
        foreach ($order->getLineItems() ?? [] as $item) {
            // A custom field of the product: your-vendor/checkout, your-vendor/theme
            $packages = (string) ($item->getProduct()?->getCustomFields()['composer_packages'] ?? '');
            if ($packages !== '') {
                $lines[] = [
                    'line' => $item->getId(),
                    'packages' => array_map('trim', explode(',', $packages)),
                    'paid_until' => $until->getTimestamp(),
                ];
            }
        }
        $customer = $order->getOrderCustomer();
        return [
            'order_id' => $order->getOrderNumber(),
            // A guest has an account for this order only.
            'customer_id' => $customer?->getCustomer()?->getGuest() === true ? '' : (string) $customer?->getCustomerId(),
            'customer_email' => (string) $customer?->getEmail(),
            'occurred_at' => $changedAt->getTimestamp(),
            'lines' => $lines,
            'removed_lines' => [],
        ];
    }
}
