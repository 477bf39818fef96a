import type { ShopStrings } from "./shop-strings.ts";

/** Step 5 of the guide: every token of a customer who cancelled. */
export function phpCancellation(shop: ShopStrings): string {
  return `<?php
// revoke-token.php

$managementApiUrl = '${shop.url}/api';
$managementToken = '${shop.token}';
$customerId = $_POST['customer_id'];

// Find token by customer ID
$tokens = getCustomerTokens($customerId, $managementApiUrl, $managementToken);

foreach ($tokens as $token) {
    // Revoke token
    $ch = curl_init("{$managementApiUrl}/tokens/{$token['id']}");
    curl_setopt_array($ch, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CUSTOMREQUEST => 'DELETE',
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . $managementToken,
        ],
    ]);
    
    curl_exec($ch);
    curl_close($ch);
}

function getCustomerTokens($customerId, $apiUrl, $token) {
    $ch = curl_init("{$apiUrl}/tokens?customer_id={$customerId}");
    curl_setopt_array($ch, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . $token,
        ],
    ]);
    
    $response = curl_exec($ch);
    curl_close($ch);
    
    return json_decode($response, true);
}
`;
}
