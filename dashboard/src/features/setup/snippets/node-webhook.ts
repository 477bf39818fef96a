import { prefixList } from "./shop-strings.ts";
import type { ShopStrings } from "./shop-strings.ts";

/** Step 3 of the guide, for Node.js. */
export function nodeWebhook(shop: ShopStrings): string {
  return `// webhook-handler.js
const axios = require('axios');

const MANAGEMENT_API_URL = '${shop.url}/api';
const MANAGEMENT_TOKEN = '${shop.token}';

async function handlePurchase(purchaseData) {
  const { customerId, customerEmail, orderId } = purchaseData;
  
  // Calculate expiration (1 year from now)
  const expiresAt = Math.floor(Date.now() / 1000) + (365 * 24 * 60 * 60);
  
  try {
    const response = await axios.post(
      \`\${MANAGEMENT_API_URL}/tokens\`,
      {
        description: \`Customer: \${customerEmail} (Order: \${orderId})\`,
        permissions: 'readonly',
        expires_at: expiresAt,
        allowed_package_prefixes: [${prefixList(shop)}], // Scope to your extensions
        metadata: {
          customer_id: customerId,
          customer_email: customerEmail,
          order_id: orderId,
        },
      },
      {
        headers: {
          'Authorization': \`Bearer \${MANAGEMENT_TOKEN}\`,
          'Content-Type': 'application/json',
        },
      }
    );
    
    const composerToken = response.data.token;
    
    // Send token to customer
    await sendTokenToCustomer(customerEmail, composerToken, orderId);
    
    return { success: true, token: composerToken };
  } catch (error) {
    console.error('Failed to create token:', error.response?.data || error.message);
    throw error;
  }
}
`;
}
