package redact

import "testing"

// The quick look at a name sees what the expression sees.
func FuzzNamesSecret(f *testing.F) {
	for _, name := range []string{
		"Authorization", "X-Api-Key", "api-\u212aey", "x-\u017fecret", "Content-Type", "PASSWORD", "set-cookie", "", "x-amz-signature", "kéy",
		"a-very-long-name-of-a-header-that-does-not-fit-into-the-buffer-of-sixty-four-bytes-token", "\xff\xfekey", "Author", "TOKEN\x00",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got, want := namesSecret(name), secretName().MatchString(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	})
}

func BenchmarkSecretsIn(b *testing.B) {
	header := map[string][]string{
		"Authorization": {"Bearer sk-0123456789abcdef"}, "Content-Type": {"application/json"}, "Accept": {"application/json"}, "User-Agent": {"OpenAI/Python 2.1"},
		"X-Stainless-Lang": {"python"}, "X-Stainless-Os": {"Linux"}, "X-Stainless-Runtime": {"CPython"}, "Content-Length": {"211"},
	}
	b.ReportAllocs()
	for b.Loop() {
		SecretsIn(header, nil)
	}
}
