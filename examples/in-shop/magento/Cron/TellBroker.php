<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Cron;

use Magento\Sales\Api\OrderRepositoryInterface;
use Psr\Log\LoggerInterface;
use Throwable;
use YourVendor\PackageBroker\Model\OrderSale;
use YourVendor\PackageBroker\Model\Queue;

/** Every minute: tells what is due, and tries again later what fails. */
class TellBroker
{
    public function __construct(
        private readonly Queue $queue,
        private readonly OrderRepositoryInterface $orders,
        private readonly OrderSale $sale,
        private readonly LoggerInterface $logger,
    ) {
    }

    public function execute(): void
    {
        foreach ($this->queue->due() as ['order_id' => $orderId, 'changes' => $changes, 'attempts' => $attempts]) {
            try {
                $this->sale->tell($this->orders->get((int) $orderId));
                $this->queue->remove((int) $orderId, (int) $changes);
            } catch (Throwable $error) {
                $this->logger->warning("PACKAGE.broker was not told of order {$orderId}: {$error->getMessage()}");
                $this->queue->tryLater((int) $orderId, (int) $attempts);
            }
        }
    }
}
