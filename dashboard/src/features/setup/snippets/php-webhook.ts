import { prefixList } from "./shop-strings.ts";
import type { ShopStrings } from "./shop-strings.ts";

/** Step 3 of the guide, in PHP: a token for whoever bought. */
export function phpWebhook(shop: ShopStrings): string {
  return `<?php
// webhook-handler.php

$managementApiUrl = '${shop.url}/api';
$managementToken = '${shop.token}';

// Receive purchase event from e-shop
$purchaseData = json_decode(file_get_contents('php://input'), true);

$customerId = $purchaseData['customer_id'];
$customerEmail = $purchaseData['customer_email'];
$orderId = $purchaseData['order_id'];
$expiresAt = strtotime('+1 year'); // Token expires in 1 year

// Create customer token via Management API
$tokenData = [
    'description' => "Customer: {$customerEmail} (Order: {$orderId})",
    'permissions' => 'readonly',
    'expires_at' => $expiresAt,
    'allowed_package_prefixes' => [${prefixList(shop)}], // Scope to your extensions
    'metadata' => [
        'customer_id' => $customerId,
        'customer_email' => $customerEmail,
        'order_id' => $orderId,
    ],
];

$ch = curl_init("{$managementApiUrl}/tokens");
curl_setopt_array($ch, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POST => true,
    CURLOPT_POSTFIELDS => json_encode($tokenData),
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer ' . $managementToken,
        'Content-Type: application/json',
    ],
]);

$response = curl_exec($ch);
$httpCode = curl_getinfo($ch, CURLINFO_HTTP_CODE);
curl_close($ch);

if ($httpCode === 201) {
    $tokenResponse = json_decode($response, true);
    $composerToken = $tokenResponse['token'];
    
    // Send token to customer via email or store in order
    sendTokenToCustomer($customerEmail, $composerToken, $orderId);
} else {
    error_log("Failed to create token: {$response}");
}
`;
}
