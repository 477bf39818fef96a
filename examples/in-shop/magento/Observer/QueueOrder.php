<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Observer;

use Magento\Framework\Event\Observer;
use Magento\Framework\Event\ObserverInterface;
use Psr\Log\LoggerInterface;
use Throwable;
use YourVendor\PackageBroker\Model\Queue;

/** An order was saved. In the same transaction it goes into the queue: both are there, or none. */
class QueueOrder implements ObserverInterface
{
    public function __construct(private readonly Queue $queue, private readonly LoggerInterface $logger)
    {
    }

    public function execute(Observer $observer): void
    {
        $order = $observer->getEvent()->getData('order');
        try {
            $this->queue->add((int) $order->getId());
        } catch (Throwable $error) {
            // Nothing here may keep an order from being placed.
            $this->logger->error("Order {$order->getIncrementId()} was not queued: {$error->getMessage()}");
        }
    }
}
