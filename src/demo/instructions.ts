const YEAR_SECONDS = 365 * 24 * 3600;

export interface InstructionFacts {
  publicUrl: string;
  /** The secret of the management token. */
  secret: string;
  dataDir: string;
  nowSeconds: number;
  /** Composer asks root a question, and would take the next pasted line for the answer. */
  isRoot: boolean;
}

/**
 * What the demo prints. Lines that are indented by four spaces are to be pasted, everything else is to be read;
 * e2e/demo.test.ts pastes them as they are. Only what every POSIX shell, zsh included, takes when pasted.
 */
export function instructions({ publicUrl, secret, dataDir, nowSeconds, isRoot }: InstructionFacts): string {
  const { host, protocol } = new URL(publicUrl);
  const buyer = [
    'cd "$(mktemp -d)"',
    `echo '{"repositories": [{"type": "composer", "url": "${publicUrl}"}]}' > composer.json`,
    `composer config http-basic.${host} token "$TOKEN"`,
    ...(protocol === "http:" ? ["composer config secure-http false"] : []),
    "composer config repositories.packagist.org false",
    "composer require acme/checkout",
  ];
  return `
PACKAGE.broker runs at ${publicUrl} with two sample vendors: acme and globex.
Play a sale: open a second terminal (it needs curl, php and composer) and paste the indented lines, step by step.

1. Somebody buys the acme extensions. Your shop asks for a token for this customer, good for a year:

${paste(purchase(publicUrl, secret, nowSeconds + YEAR_SECONDS))}

   The answer holds the token, which the shop mails to the customer. Here it goes into a variable:

${paste([
  'echo "$ANSWER"',
  `TOKEN=$(echo "$ANSWER" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
  `TOKEN_ID=$(echo "$ANSWER" | sed 's/^{"id":"\\([^"]*\\)".*/\\1/')`,
])}

2. The customer installs what was bought, in a new project. (On your own server, with https, leave out secure-http;
   packagist.org is switched off here only so that this works without internet.)

${paste([...(isRoot ? ["export COMPOSER_ALLOW_SUPERUSER=1"] : []), ...buyer])}

   It works. The extensions of globex were not bought, so composer does not find them:

${paste([
  `php -r 'require "vendor/autoload.php"; echo (new Acme\\Checkout\\Checkout)->total(new Acme\\Core\\Money(4990)), "\\n";'`,
  "composer require globex/mailer",
])}

3. The customer cancels, and the shop revokes the token. It takes effect with the next request:

${paste([
  `curl -sS -X DELETE "${publicUrl}/api/tokens/$TOKEN_ID" -H 'Authorization: Bearer ${secret}'; echo`,
  "composer update --no-cache",
])}

   Composer says that the token was revoked. (--no-cache, because composer otherwise goes on with the list of
   packages it has seen before; new releases and downloads are refused either way.)

Ctrl-C ends the demo. Its data is in ${dataDir}: remove that directory to begin anew.
`;
}

/** The request of the guide, but for the expiry: the one there is long past. */
function purchase(publicUrl: string, secret: string, expiresAt: number): string[] {
  return [
    `ANSWER=$(curl -sS ${publicUrl}/api/tokens \\`,
    `  -H 'Authorization: Bearer ${secret}' \\`,
    "  -H 'Content-Type: application/json' \\",
    "  -d '{",
    '    "description": "Customer: customer@example.com (Order: 12345)",',
    '    "permissions": "readonly",',
    `    "expires_at": ${expiresAt},`,
    '    "allowed_package_prefixes": ["acme/"],',
    '    "rate_limit_max": 1000,',
    '    "metadata": {',
    '      "customer_id": "cust_123",',
    '      "customer_email": "customer@example.com",',
    '      "order_id": "order_12345"',
    "    }",
    "  }')",
  ];
}

function paste(lines: string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}
