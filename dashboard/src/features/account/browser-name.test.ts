import { describe, expect, it } from "vitest";
import { browserName } from "./browser-name.ts";

describe("the name of a browser in the list of sessions", () => {
  it.each([
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
      "Safari on macOS",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      "Safari on iPhone",
    ],
    [
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
      "Chrome on Android",
    ],
  ])("is what people call it: %s", (userAgent, name) => {
    expect(browserName(userAgent)).toBe(name);
  });

  it("is not guessed", () => {
    expect(browserName(null)).toBe("Unknown browser");
    expect(browserName("SomethingElse/1.0 (X11; Linux x86_64)")).toBe("A browser on Linux");
    expect(browserName("node")).toBe("Unknown browser");
  });
});
