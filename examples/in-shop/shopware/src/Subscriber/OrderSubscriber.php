<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Subscriber;

use Psr\Log\LoggerInterface;
use Shopware\Core\Checkout\Order\Event\OrderStateMachineStateChangeEvent;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\Messenger\MessageBusInterface;
use Throwable;
use YourVendor\PackageBroker\Message\TellBroker;

/** The state of an order or of its payment changed: tell it later, by Shopware's own queue, which tries again. */
class OrderSubscriber implements EventSubscriberInterface
{
    public function __construct(
        private readonly MessageBusInterface $bus,
        private readonly LoggerInterface $logger,
    ) {
    }

    public static function getSubscribedEvents(): array
    {
        return [
            'state_enter.order_transaction.state.paid' => 'queue',
            'state_enter.order_transaction.state.refunded' => 'queue',
            'state_enter.order_transaction.state.chargeback' => 'queue',
            'state_enter.order.state.cancelled' => 'queue',
        ];
    }

    public function queue(OrderStateMachineStateChangeEvent $event): void
    {
        try {
            $this->bus->dispatch(new TellBroker($event->getOrderId()));
        } catch (Throwable $error) {
            // Nothing here may keep an order from being placed.
            $this->logger->error("Order {$event->getOrderId()} was not queued: {$error->getMessage()}");
        }
    }
}
