package openai

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Azure is Chat Completions at a resource of Azure OpenAI, whose base URL is https://NAME.openai.azure.com. The model of a request
// is the name of a deployment. With a version of the API the address names it, too
// (https://learn.microsoft.com/azure/ai-services/openai/reference); with "" it is the v1 API, which has none
// (https://learn.microsoft.com/azure/ai-services/openai/api-version-lifecycle).
func Azure(version string) wire.Addressed { return azure{version: version} }

// azure differs in the name, the address and the header of the key.
type azure struct {
	format
	version string
}

func (azure) Name() string { return "azure" }

func (azure) Path() string { return "/openai/v1/chat/completions" }

func (azure) Header(key string) map[string]string {
	h := map[string]string{"Content-Type": "application/json"}
	if key != "" {
		h["api-key"] = key
	}
	return h
}

func (a azure) Address(r *wire.Request) (path string, query url.Values, err error) {
	if a.version == "" {
		return a.Path(), nil, nil
	}
	if strings.Trim(r.Model, ".") == "" || strings.ContainsFunc(r.Model, noDeployment) {
		return "", nil, fmt.Errorf("%.60q is no name of a deployment that an address could have", r.Model)
	}
	return "/openai/deployments/" + r.Model + "/chat/completions", url.Values{"api-version": {a.version}}, nil
}

func noDeployment(r rune) bool {
	return r > '~' || !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", r)
}
