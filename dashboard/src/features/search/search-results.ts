import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";
import { customerAddress } from "../customers/customer-address.ts";
import { explainAddress } from "../explain/explain-address.ts";

export interface Hit {
  to: string;
  title: string;
  detail: string;
  /** Where it is asked why they cannot install. */
  ask?: string;
  group: "Go to" | "Can’t install?" | "Customers" | "Tokens" | "Packages";
}

const PAGES: [label: string, to: string][] = [
  ["Overview", "/"],
  ["Customers", "/customers"],
  ["Tokens", "/tokens"],
  ["Can’t install?", "/explain"],
  ["Usage", "/usage"],
  ["Packages", "/packages"],
  ["Sources", "/sources"],
  ["Add a source", "/sources/new"],
  ["Audit log", "/audit-log"],
  ["Settings", "/settings"],
  ["API Tokens", "/settings/api-tokens"],
  ["Webhooks", "/settings/webhooks"],
  ["Mail", "/settings/mail"],
  ["Users", "/settings/users"],
  ["Your account", "/settings/account"],
  ["Page for your customers", "/install"],
];
const EACH = 5;

/** Everything that has to do with some words a buyer quoted. */
export function useSearch(words: string) {
  const mayCustomers = useMay("customers:read");
  const mayTokens = useMay("tokens:read");
  const mayPackages = useMay("packages:read");
  const query = useQuery({
    queryKey: ["search", words],
    enabled: words !== "",
    placeholderData: keepPreviousData,
    queryFn: async (): Promise<Hit[]> => {
      const found = await Promise.all([
        mayCustomers ? findCustomers(words) : [],
        mayTokens ? findTokens(words) : [],
        mayPackages ? findPackages(words) : [],
      ]);
      const [customers, tokens, packages] = found;
      return [
        ...customers,
        ...tokens,
        ...packages,
        ...(mayTokens ? questionsAbout({ customers, tokens, packages }) : []),
      ];
    },
  });
  const pages = PAGES.filter(([label]) => words === "" || label.toLowerCase().includes(words.toLowerCase())).map(
    ([title, to]): Hit => ({ to, title, detail: "", group: "Go to" }),
  );
  return {
    hits: words === "" ? pages : [...(query.data ?? []), ...pages],
    error: query.error,
    isSearching: query.isFetching,
  };
}

interface FoundHits {
  customers: readonly Hit[];
  tokens: readonly Hit[];
  packages: readonly Hit[];
}

/** For the likeliest of what was found: by its id, never by the words, which may be a part of a secret. */
function questionsAbout({ customers, tokens, packages }: FoundHits): Hit[] {
  const [first] = [...customers, ...tokens, ...packages];
  if (first === undefined) return [];
  return [
    { to: first.ask ?? "/explain", title: first.title, detail: "Why can’t they install it?", group: "Can’t install?" },
  ];
}

async function findCustomers(q: string): Promise<Hit[]> {
  const customers = await unwrap(api.GET("/api/customers", { params: { query: { q, limit: EACH } } }));
  return customers.map((customer) => ({
    to: customerAddress(customer.shop, customer.customer_id),
    title: customer.email ?? customer.customer_id,
    detail: `Customer ${customer.customer_id}, ${customer.tokens.active.toLocaleString()} active`,
    ask: explainAddress({ customer: { customerId: customer.customer_id, shop: customer.shop } }),
    group: "Customers",
  }));
}

async function findTokens(q: string): Promise<Hit[]> {
  const tokens = await unwrap(api.GET("/api/tokens", { params: { query: { q, status: "all", limit: EACH } } }));
  return tokens.map((token) => ({
    to: `/tokens/${token.id}`,
    title: token.description,
    detail: `…${token.last_four}, ${token.status}`,
    ask: explainAddress({ tokenId: token.id }),
    group: "Tokens",
  }));
}

async function findPackages(q: string): Promise<Hit[]> {
  const packages = await unwrap(api.GET("/api/packages", { params: { query: { q, limit: EACH } } }));
  return packages.map((one) => ({
    to: `/packages/${one.name}`,
    title: one.name,
    detail: one.description ?? "",
    ask: explainAddress({ packageName: one.name }),
    group: "Packages",
  }));
}
