import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Time } from "../../ui/time.tsx";
import { customerAddress } from "../customers/customer-address.ts";
import { newOnceKey } from "../tokens/tokens.ts";
import { useAttempt } from "../tokens/use-attempt.ts";
import { undoMove, useEverythingChanged, useMoves } from "./moves.ts";
import type { Move, MovedToken, Of } from "./moves.ts";
import { NewSecrets } from "./new-secrets.tsx";

/** What was merged into this customer, or went to it or away; nothing where nothing did. */
export function MovesCard({ of }: { of: Of }) {
  const moves = useMoves(of);
  const [asked, setAsked] = useState<Move>();
  const mayUndo = useMay("customers:write");
  if (moves.data === undefined || moves.data.length === 0) return null;
  return (
    <Card title="Merged and moved" description="What came from another customer, or went to one." flush>
      <ul className="divide-y divide-line">
        {moves.data.map((move) => (
          <li key={move.id} className="flex flex-wrap items-center gap-x-4 gap-y-1.5 px-5 py-3">
            <div className="min-w-0 grow [overflow-wrap:anywhere]">
              <Sentence move={move} />
              <div className="text-[0.93rem] text-ink-3">
                <Time at={move.created_at} as="date-time" />
                {move.undone_at !== null && " · undone"}
                {move.undo_until !== null && (
                  <>
                    {" "}
                    · can be undone until <Time at={move.undo_until} as="date" />
                  </>
                )}
              </div>
            </div>
            {mayUndo && move.undo_until !== null && <Button onClick={() => setAsked(move)}>Undo…</Button>}
          </li>
        ))}
      </ul>
      {asked !== undefined && <UndoDialog key={asked.id} move={asked} onClose={() => setAsked(undefined)} />}
    </Card>
  );
}

function Sentence({ move }: { move: Move }) {
  const from = move.from_customer_id === null ? "a guest" : `customer ${move.from_customer_id}`;
  const to = (
    <Link to={customerAddress(move.shop, move.to_customer_id)} className="underline underline-offset-2">
      customer {move.to_customer_id}
    </Link>
  );
  if (move.kind === "merge")
    return (
      <>
        Customer {move.from_customer_id} was merged into {to}
      </>
    );
  return (
    <>
      {move.kind === "order" ? `Order ${move.order_id ?? ""}` : "A token"} of {from} went to {to}
    </>
  );
}

function UndoDialog({ move, onClose }: { move: Move; onClose: () => void }) {
  const [tokens, setTokens] = useState<MovedToken[]>();
  const [onceKey] = useState(newOnceKey);
  const { busy, error, attempt } = useAttempt();
  const changed = useEverythingChanged();
  const close = () => {
    onClose();
    if (tokens !== undefined) void changed();
  };
  return (
    <Dialog
      open
      onClose={close}
      wide={tokens !== undefined}
      dismissible={tokens === undefined}
      title={tokens === undefined ? "Undo this?" : "It is back where it was"}
    >
      {tokens === undefined ? (
        <>
          <div className="flex flex-col gap-3 text-ink-2">
            <p>
              What moved goes back as it is now: what ended meanwhile stays ended, and what was sold meanwhile stays
              here. The tokens that go back get new secrets.
            </p>
          </div>
          {error !== undefined && <ErrorNote error={error} className="mt-4" />}
          <Actions>
            <Button onClick={close} autoFocus>
              Cancel
            </Button>
            <Button
              kind="primary"
              busy={busy}
              onClick={() => void attempt(async () => setTokens(await undoMove(move.id, onceKey)))}
            >
              Undo
            </Button>
          </Actions>
        </>
      ) : (
        <NewSecrets tokens={tokens} onClose={close} />
      )}
    </Dialog>
  );
}
