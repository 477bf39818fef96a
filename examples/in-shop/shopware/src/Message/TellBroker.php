<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Message;

use Shopware\Core\Framework\MessageQueue\AsyncMessageInterface;

/** An order changed: how it stands is read when the message is handled. */
class TellBroker implements AsyncMessageInterface
{
    public function __construct(public readonly string $orderId)
    {
    }
}
