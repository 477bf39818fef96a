<?php

declare(strict_types=1);

namespace YourVendor\PackageBroker\Model;

use Magento\Framework\App\ResourceConnection;

/** Orders that PACKAGE.broker is to be told of, each once. */
class Queue
{
    private const TABLE = 'your_vendor_package_broker_queue';

    public function __construct(private readonly ResourceConnection $resource)
    {
    }

    public function add(int $orderId): void
    {
        $table = $this->resource->getTableName(self::TABLE);
        $this->resource->getConnection()->query(
            "INSERT INTO {$table} (order_id, changes, attempts, due_at) VALUES (?, 1, 0, ?)"
                . ' ON DUPLICATE KEY UPDATE changes = changes + 1, attempts = 0, due_at = VALUES(due_at)',
            [$orderId, time()],
        );
    }

    /** @return array<int, array{order_id: int, changes: int, attempts: int}> */
    public function due(): array
    {
        $table = $this->resource->getTableName(self::TABLE);
        $sql = "SELECT order_id, changes, attempts FROM {$table} WHERE due_at <= ? ORDER BY due_at LIMIT 50";
        return $this->resource->getConnection()->fetchAll($sql, [time()]);
    }

    /** Not where it was queued again meanwhile: then there is something new to tell. */
    public function remove(int $orderId, int $changes): void
    {
        $table = $this->resource->getTableName(self::TABLE);
        $this->resource->getConnection()->query(
            "DELETE FROM {$table} WHERE order_id = ? AND changes = ?",
            [$orderId, $changes],
        );
    }

    /** For ever, at the end once in twelve hours: what was paid for must arrive. */
    public function tryLater(int $orderId, int $attempts): void
    {
        $table = $this->resource->getTableName(self::TABLE);
        $this->resource->getConnection()->query(
            "UPDATE {$table} SET attempts = ?, due_at = ? WHERE order_id = ?",
            [$attempts + 1, time() + min(60 * 2 ** $attempts, 43_200), $orderId],
        );
    }
}
