import { CircleHelp } from "lucide-react";
import { Answer } from "../features/explain/answer.tsx";
import type { Subject } from "../features/explain/subject.ts";
import { ChosenCustomer, ChosenToken } from "../features/explain/chosen-who.tsx";
import { useExplanation } from "../features/explain/explain.ts";
import type { Holder } from "../features/explain/explain.ts";
import { QuestionForm } from "../features/explain/question-form.tsx";
import { BY_GRANTS, likelyToken } from "../features/explain/through.ts";
import { WhoField } from "../features/explain/who-field.tsx";
import type { Who } from "../features/explain/who-field.tsx";
import { useTokensOfCustomer } from "../features/customers/customers.ts";
import { buyerOf, useToken } from "../features/tokens/tokens.ts";
import { useCallback } from "react";
import { Card } from "../ui/card.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { formProblems } from "../ui/form-problems.ts";
import { Page } from "../ui/page.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { useFilters } from "../ui/use-filters.ts";

const SUBJECTS = { "?package": "The package", "?version": "The version" };

/** A question with an address of its own: `?token=` or `?shop=&customer=`, `&package=`, `&version=`. */
export function Component() {
  const [asked, ask] = useFilters(["token", "shop", "customer", "package", "version"]);
  const who = useWho(asked);
  const question =
    who.holder === undefined || !who.isKnown || asked.package === undefined
      ? undefined
      : { holder: who.holder, package: asked.package, version: asked.version };
  const explanation = useExplanation(question);
  const problems = formProblems(explanation.error, SUBJECTS);
  const choose = useCallback(
    (chosen: Who) => ask("tokenId" in chosen ? { token: chosen.tokenId } : { ...byCustomer(chosen), token: "" }),
    [ask],
  );
  const clear = () => ask({ token: "", shop: "", customer: "" });
  const subject: Subject | undefined =
    explanation.data === undefined || asked.package === undefined || !who.isKnown
      ? undefined
      : { explanation: explanation.data, packageName: asked.package, ...who.of };
  const isComing =
    asked.package !== undefined && who.isGiven && !who.isGone && subject === undefined && explanation.error === null;
  return (
    <Page
      title="Why can’t they install it?"
      description="Answers by the rule that decides what composer is shown, as of now."
    >
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <Card className="lg:sticky lg:top-8">
          <QuestionForm
            asked={{ package: asked.package ?? "", version: asked.version ?? "" }}
            isReady={who.holder !== undefined}
            error={problems.at}
            onAsk={(next) => {
              const isSame = next.package === asked.package && next.version === (asked.version ?? "");
              if (isSame) void explanation.refetch();
              else ask(next);
            }}
          >
            {asked.customer !== undefined && asked.shop !== undefined ? (
              <ChosenCustomer
                customerId={asked.customer}
                shop={asked.shop}
                tokens={who.tokens}
                through={who.through}
                onThrough={(token) => ask({ token })}
                onClear={clear}
              />
            ) : asked.token !== undefined ? (
              <ChosenToken id={asked.token} onClear={clear} />
            ) : (
              <WhoField onChoose={choose} />
            )}
          </QuestionForm>
        </Card>
        <div className="flex min-w-0 flex-col gap-5">
          {question === undefined && !isComing && <Unasked hasWho={who.holder !== undefined} />}
          {isComing && (
            <Card flush>
              <SkeletonRows rows={5} />
            </Card>
          )}
          {problems.rest !== null && <ErrorNote error={problems.rest} onRetry={() => void explanation.refetch()} />}
          {subject !== undefined && explanation.error === null && <Answer subject={subject} />}
        </div>
      </div>
    </Page>
  );
}

function byCustomer({ customer }: { customer: { customerId: string; shop: string } }) {
  return { customer: customer.customerId, shop: customer.shop };
}

function Unasked({ hasWho }: { hasWho: boolean }) {
  return (
    <Card>
      <EmptyState icon={<CircleHelp />} title={hasWho ? "Which package?" : "Who cannot install what?"}>
        {hasWho
          ? "Name the package that composer does not find or is refused, as it stands in their composer.json."
          : "Say who asks and which package it is about. The answer says what is in the way, what was looked at, and what helps."}
      </EmptyState>
    </Card>
  );
}

/** Who is asked about: a token, or a customer with one of their tokens, the likeliest unless one was chosen. */
function useWho(asked: { token?: string; shop?: string; customer?: string }) {
  const { token: chosen, shop = "", customer = "" } = asked;
  const isCustomer = asked.customer !== undefined && asked.shop !== undefined;
  const ofCustomer = useTokensOfCustomer(customer, shop, isCustomer);
  const tokens = isCustomer ? ofCustomer.data : undefined;
  const through = isCustomer ? (chosen ?? (tokens && (likelyToken(tokens) ?? BY_GRANTS))) : chosen;
  const tokenId = through === BY_GRANTS ? undefined : through;
  const token = useToken(tokenId ?? "", tokenId !== undefined);
  const owner = isCustomer ? { customerId: customer, shop } : ownerOf(token.data);
  const holder: Holder | undefined =
    tokenId !== undefined
      ? { tokenId }
      : isCustomer && through === BY_GRANTS
        ? { customerId: customer, shop }
        : undefined;
  return {
    holder,
    tokens,
    through: through ?? "",
    /** Whether somebody was named, and whether they are not there. */
    isGiven: isCustomer || tokenId !== undefined,
    isGone: token.error !== null || ofCustomer.error !== null,
    /** Whether everything that is said of them is there. */
    isKnown: tokenId === undefined ? tokens !== undefined : token.data !== undefined,
    of: {
      token: tokenId === undefined ? undefined : token.data,
      owner,
      tokens: tokenId === undefined ? tokens : undefined,
    },
  };
}

function ownerOf(token: (Parameters<typeof buyerOf>[0] & { shop: string }) | undefined) {
  const customerId = token === undefined ? undefined : buyerOf(token).customerId;
  return token === undefined || customerId === undefined ? undefined : { customerId, shop: token.shop };
}
