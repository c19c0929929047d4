// Made up, in the form of the package's script.
const x = "1", E = [
  {
    id: "openai",
    pricing_urls: ["https://example.com"],
    models: [
      {
        id: "one",
        description: `Two "lines",
one \\ backslash.
`,
        match: {
          or: [
            { equals: "One" },
            { equals: "one-latest" },
            { starts_with: "one-mini" },
            { regex: "^one-\\d{8}$" }
          ]
        },
        context_window: 2e5,
        prices: { input_mtok: 0.00375, cache_read_mtok: 4e-5, output_mtok: 12, web_searches_kcount: 10 }
      },
      {
        id: 'one-mini',
        match: { equals: "one-mini" },
        deprecated: !0,
        prices: { input_mtok: { base: 1, tiers: [{ start: 128e3, price: 2 }] }, output_mtok: 3, input_audio_mtok: 5 }
      },
      {
        id: "cheaper-since",
        match: { equals: "cheaper-since" },
        prices: [
          { prices: { input_mtok: 5, output_mtok: 6 } },
          { constraint: { start_date: "2026-01-01", type: "start_date" }, prices: { input_mtok: 3, output_mtok: 4 } }
        ]
      },
      {
        id: "dearer-soon",
        match: { equals: "dearer-soon" },
        prices: [
          { prices: { input_mtok: 1, output_mtok: 2 } },
          { constraint: { start_date: "2027-01-01", type: "start_date" }, prices: { input_mtok: 3, output_mtok: 4 } }
        ]
      },
      {
        id: "cheaper-soon",
        match: { equals: "cheaper-soon" },
        prices: [
          { prices: { input_mtok: 3, output_mtok: 4 } },
          { constraint: { start_date: "2027-01-01", type: "start_date" }, prices: { input_mtok: 1, output_mtok: 2 } }
        ]
      },
      {
        id: "by-the-hour",
        match: { equals: "by-the-hour" },
        prices: [
          { prices: { input_mtok: 1, output_mtok: 2 } },
          { constraint: { start_time: "00:30:00Z", end_time: "16:30:00Z", type: "time_of_date" }, prices: { input_mtok: 2, output_mtok: 4 } }
        ]
      },
      { id: "free", match: { equals: "free" }, prices: {} },
      { id: "fee", match: { equals: "fee" }, prices: { input_mtok: 1, output_mtok: 1, requests_kcount: 12 } },
      { id: "embedding", match: { equals: "embedding" }, prices: { input_mtok: 1 } },
      { id: "one-image", match: { equals: "one-image" }, prices: { input_mtok: 1, output_mtok: 1 } },
      { id: "hearsay", match: { equals: "hearsay" }, price_comments: "Imported from OpenRouter pricing", prices: { input_mtok: 1, output_mtok: 1 } }
    ]
  },
  {
    id: "google",
    models: [
      { id: "claude-1", match: { equals: "claude-1" }, prices: { input_mtok: 1, output_mtok: 1 } },
      { id: "gem-2025", match: { or: [{ starts_with: "gem-2025" }, { starts_with: "gem-" }] }, prices: { input_mtok: 1, output_mtok: 1 } },
      { id: "gem", match: { equals: "gem" }, context_window: 105e4, prices: { input_mtok: 1, output_mtok: 1.5, cache_write_mtok: 2, cache_write_1h_mtok: 3, output_audio_mtok: 4 } }
    ]
  },
  {
    id: "somebody-else",
    models: [
      { id: "two", match: { equals: "two" }, prices: { input_mtok: 1, output_mtok: 1 } }
    ]
  }
];
function f() {
  return E;
}
