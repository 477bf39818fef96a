import { Card, Fact, Facts } from "../../ui/card.tsx";
import type { Token } from "./tokens.ts";

/** These stand among the facts already. */
const SHOWN_ELSEWHERE = new Set(["customer_id", "customer_email", "order_id"]);

/** What the shop wrote beside the sale, as it was sent. */
export function TokenMetadata({ token }: { token: Token }) {
  const entries = Object.entries(token.metadata).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  if (entries.length === 0) return null;
  return (
    <Card title="Metadata" description="What else the shop wrote beside the sale.">
      <Facts>
        {entries.map(([name, value]) => (
          <Fact key={name} name={<span className="break-all">{name}</span>}>
            <span className="break-all">{String(value)}</span>
          </Fact>
        ))}
      </Facts>
    </Card>
  );
}
