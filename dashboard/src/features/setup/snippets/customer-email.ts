import type { ShopStrings } from "./shop-strings.ts";

/** Step 4 of the guide: what the customer reads. */
export function customerEmail(shop: ShopStrings): string {
  return `<!DOCTYPE html>
<html>
<head>
  <title>Your Extension Access Token</title>
</head>
<body>
  <h1>Thank you for your purchase!</h1>
  
  <p>Your Composer access token is ready. Use it to install your extensions:</p>
  
  <h2>Configure Composer</h2>
  
  <p>Add this to your <code>composer.json</code>:</p>
  <pre><code>{
  "repositories": [
    {
      "type": "composer",
      "url": "${shop.url}"
    }
  ]
}</code></pre>
  
  <p>Configure authentication:</p>
  <pre><code>$ composer config http-basic.${shop.host} token YOUR_TOKEN_HERE</code></pre>
  
  <p><strong>Your token:</strong> <code>YOUR_TOKEN_HERE</code></p>
  
  <p><em>This token expires on: EXPIRATION_DATE</em></p>
  
  <p>For detailed installation instructions, visit: ${shop.url}/install</p>
</body>
</html>
`;
}
