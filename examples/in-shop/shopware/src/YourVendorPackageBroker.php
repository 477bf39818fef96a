<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker;

use Shopware\Core\Framework\Plugin;

class YourVendorPackageBroker extends Plugin
{
}
