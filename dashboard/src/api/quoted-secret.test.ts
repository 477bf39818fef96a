import { expect, test } from "vitest";
import { withoutSecret } from "./quoted-secret.ts";

const SECRET = "pbt_cEnzuMeW04QUKtEoGHFaZXZmqgSk6V0t2cZr";
const SHA256 = "5ef274e6adb1c63568a611c276b0769915a1555feefb7faa847355b7169171ad";

test("a pasted secret is searched for by its hash, the one that the server stores", async () => {
  await expect(
    withoutSecret(` ${SECRET}
`),
  ).resolves.toBe(`secret:${SHA256}`);
  await expect(withoutSecret(SECRET.replace("pbt_", "pbm_"))).resolves.toMatch(/^secret:[0-9a-f]{64}$/);
});

test("one that is not whole, and any on a page without TLS, is searched for by its last four characters", async () => {
  await expect(withoutSecret(SECRET.slice(0, 20))).resolves.toBe(SECRET.slice(16, 20));
  await expect(withoutSecret(`${SECRET} and more`)).resolves.toBe("more");
  await expect(withoutSecret(SECRET.toUpperCase())).resolves.toBe("2CZR");
  await expect(withoutSecret(SECRET, {})).resolves.toBe("2cZr");
});

test("every other text stays as it is", async () => {
  for (const text of ["ada@example.com", "x7Qz", "acme/core", "pbt", ""]) {
    await expect(withoutSecret(text)).resolves.toBe(text);
  }
});
