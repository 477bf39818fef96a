import type { ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import type { components } from "../../api/generated/schema.d.ts";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Panels } from "../../ui/panels.tsx";
import { SecretBox } from "../../ui/secret-box.tsx";
import { useUpdateSettings } from "../settings/settings.ts";
import type { SetupDraft } from "./setup-draft.ts";
import { SetupFrame, StepActions } from "./setup-frame.tsx";
import { forgetSetup, keptSetupToken } from "./setup-token.ts";
import type { SetupToken } from "./setup-token.ts";
import { composerLines } from "./snippets/composer-lines.ts";
import { customerEmail } from "./snippets/customer-email.ts";
import { nodeWebhook } from "./snippets/node-webhook.ts";
import { phpCancellation } from "./snippets/php-cancellation.ts";
import { phpWebhook } from "./snippets/php-webhook.ts";
import { TOKEN_PLACEHOLDER } from "./snippets/shop-strings.ts";
import type { ShopStrings } from "./snippets/shop-strings.ts";

type InstallFacts = components["schemas"]["InstallFacts"];

/** What goes into the shop, for this very server and with the real token: to copy, and done. */
export function ReadyStep({
  facts,
  prefixes,
  packageName,
  changeDraft,
}: {
  facts: InstallFacts;
  /** Of the sources, for when no token was made here. */
  prefixes: readonly string[];
  /** One that can be installed, as the example. */
  packageName: string | undefined;
  changeDraft: (change: SetupDraft) => void;
}) {
  const token = keptSetupToken();
  const shop: ShopStrings = {
    ...{ url: facts.public_url, host: facts.host },
    token: token?.secret ?? TOKEN_PLACEHOLDER,
    prefixes: token?.bound ?? prefixes,
  };
  return (
    <SetupFrame
      step={3}
      wide
      title="Ready to sell"
      description={
        token === undefined
          ? "Copy this into your shop. It is made for this very server."
          : "Copy this into your shop. It is made for this very server; the token is shown until you finish, and never again."
      }
    >
      <TheToken token={token} onMake={() => changeDraft({ step: "token" })} />
      <Panels label="What goes where" panels={panelsOf(shop, facts, packageName ?? "your-vendor/your-package")} />
      <Finish onBack={() => changeDraft({ step: "token" })} />
    </SetupFrame>
  );
}

function TheToken({ token, onMake }: { token: SetupToken | undefined; onMake: () => void }) {
  if (token !== undefined) return <SecretBox secret={token.secret} name="token" />;
  return (
    <Note>
      <p>
        The code below says <code>{TOKEN_PLACEHOLDER}</code> where the management token goes: a secret is shown once,
        where it is made.
      </p>
      <Button size="small" className="mt-2" onClick={onMake}>
        Make a token
      </Button>
    </Note>
  );
}

function panelsOf(shop: ShopStrings, facts: InstallFacts, packageName: string) {
  const secureHttpNeeded = facts.secure_http_needed;
  const plainHttp = secureHttpNeeded && (
    <Note tone="warn">
      This server is reached without TLS. Composer takes that only after <code>composer config secure-http false</code>,
      which is for trials: put a proxy with a certificate in front before you sell.
    </Note>
  );
  return [
    panel("php", "PHP webhook", "webhook-handler.php", phpWebhook(shop), [
      <p key="what">
        Your shop calls it when somebody has paid. <code>sendTokenToCustomer()</code> is yours: it mails the text of the
        last tab.
      </p>,
    ]),
    panel("node", "Node.js webhook", "webhook-handler.js", nodeWebhook(shop), [
      <p key="what">
        The same for Node.js; it needs <code>npm install axios</code>. <code>sendTokenToCustomer()</code> is yours.
      </p>,
      <p key="year">
        It counts a year as 365 days: where a leap day lies between, that is a day less than your customer paid for. The
        PHP one counts by the calendar.
      </p>,
    ]),
    panel("cancel", "Cancellation", "revoke-token.php", phpCancellation(shop), [
      <p key="what">
        Your shop calls it when somebody cancels: composer is refused on their machines from the next request on.
      </p>,
    ]),
    panel("composer", "Composer", "What a customer runs", composerLines(shop, { packageName, secureHttpNeeded }), [
      <p key="what">
        In the customer's project, with the token from the mail. The page <Link to="/install">/install</Link> says the
        same to your customers, with help for CI.
      </p>,
      plainHttp,
    ]),
    panel("mail", "Customer e-mail", "email.html", customerEmail(shop), [
      <p key="what">
        Your shop puts the token for <code>YOUR_TOKEN_HERE</code> and the date for <code>EXPIRATION_DATE</code>.
      </p>,
      plainHttp,
    ]),
  ];
}

function panel(id: string, label: string, title: string, code: string, above: ReactNode[]) {
  const content = (
    <>
      <div className="flex flex-col gap-3 text-ink-2 [&_a]:text-accent-text [&_a]:underline">{above}</div>
      <CodeBlock title={title} code={code} />
    </>
  );
  return { id, label, content };
}

function Finish({ onBack }: { onBack: () => void }) {
  const navigate = useNavigate();
  const update = useUpdateSettings();
  const finish = async () => {
    await update.mutateAsync({ setup_finished_at: Math.floor(Date.now() / 1000) });
    forgetSetup();
    await navigate("/", { replace: true });
  };
  return (
    <>
      {update.error !== null && <ErrorNote error={update.error} />}
      <StepActions>
        <Button kind="quiet" className="mr-auto" onClick={onBack}>
          Back
        </Button>
        <Button kind="primary" busy={update.isPending} onClick={() => void finish().catch(() => undefined)}>
          Finish
        </Button>
      </StepActions>
    </>
  );
}
