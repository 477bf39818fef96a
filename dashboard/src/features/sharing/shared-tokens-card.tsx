import { Link } from "react-router";
import { Card } from "../../ui/card.tsx";
import { Time } from "../../ui/time.tsx";
import { sharingText, useSharingSignals } from "./sharing.ts";

const SHOWN = 5;

/** What {@link SharedTokensCard} shows; read by its page, which waits for it so that nothing jumps. */
export function useSharedTokens(shop: string | undefined, enabled = true) {
  return useSharingSignals({ shop, limit: SHOWN + 1 }, enabled);
}

/** The newest tokens that look shared; not there where there is none. */
export function SharedTokensCard({ shop }: { shop: string | undefined }) {
  const signals = useSharedTokens(shop).data ?? [];
  if (signals.length === 0) return null;
  return (
    <Card
      flush
      title="Used from many networks"
      description="These tokens may be shared. Nothing is blocked."
      actions={signals.length > SHOWN && <span className="text-ink-3">The newest {SHOWN}</span>}
    >
      <ul className="divide-y divide-line">
        {signals.slice(0, SHOWN).map((signal) => (
          <li
            key={signal.token_id}
            className="relative flex min-h-12 items-center justify-between gap-4 px-5 py-2 hover:bg-hover"
          >
            <span className="min-w-0">
              <Link
                to={`/tokens/${signal.token_id}`}
                className="block truncate font-medium after:absolute after:inset-0"
              >
                {signal.description}
              </Link>
              <span className="block text-[0.93rem] text-ink-3">
                {sharingText(signal)}, token <code>…{signal.last_four}</code>
              </span>
            </span>
            <span className="relative shrink-0 text-ink-2">
              <Time at={signal.suspected_at} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
