import { CodeBlock } from "../../ui/code-block.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { Delivery } from "./webhooks.ts";

/** Each attempt, the receiver's last words, and what was sent. */
export function DeliveryDetails({ delivery }: { delivery: Delivery }) {
  const { attempts, response, response_withheld: withheld, payload, message_id: messageId } = delivery;
  return (
    <div className="flex flex-col gap-4 py-3 sm:pl-6">
      {attempts.length === 0 ? (
        <p className="text-ink-2">It was not tried yet.</p>
      ) : (
        <div className="overflow-hidden rounded-lg border border-line">
          <Table
            label="Attempts"
            head={
              <>
                <Th>When</Th>
                <Th>Answer</Th>
                <Th className="text-right">Took</Th>
                <Th>What went wrong</Th>
              </>
            }
          >
            {attempts.map((attempt, index) => (
              <tr key={index}>
                <Td className="h-10 whitespace-nowrap text-ink-2">
                  <Time at={attempt.at} as="date-time" />
                </Td>
                <Td className="h-10">{attempt.status ?? "None"}</Td>
                <Td className="h-10 text-right whitespace-nowrap text-ink-2 tabular-nums">
                  {attempt.duration_ms.toLocaleString()} ms
                </Td>
                <Td className="h-10 min-w-48 wrap-anywhere text-ink-2">{attempt.error ?? "Nothing"}</Td>
              </tr>
            ))}
          </Table>
        </div>
      )}
      {response !== null && response !== "" && (
        <figure className="min-w-0">
          <figcaption className="mb-1.5 text-ink-2">
            The beginning of its last answer, as the receiver wrote it:
          </figcaption>
          <pre
            tabIndex={0}
            className="max-h-60 overflow-auto rounded-lg border border-line bg-sunken px-3.5 py-3 wrap-anywhere whitespace-pre-wrap"
          >
            <bdi>{response}</bdi>
          </pre>
        </figure>
      )}
      {withheld !== null && (
        <p className="text-ink-2">
          {withheld === "erased"
            ? "What it answered was erased with the customer."
            : "What it answered is not kept, because it is in a private network."}
        </p>
      )}
      <CodeBlock title={`What is sent, under the id ${messageId}`} code={JSON.stringify(payload, null, 2)} wrap />
    </div>
  );
}
