package refusal

import (
	"bytes"
	"encoding/json"
)

// tree reads a body as far as it is JSON: maps by exact key, lists, strings, numbers.
func tree(body []byte) any {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, _ := branch(dec, 0)
	return v
}

// branch reads one value. It reports false where the text broke off, with what came before.
func branch(dec *json.Decoder, depth int) (any, bool) {
	token, err := dec.Token()
	if err != nil {
		return nil, false
	}
	if delim, ok := token.(json.Delim); !ok {
		return token, true
	} else if depth == maxReasonDepth {
		return nil, skip(dec)
	} else if delim == '[' {
		var list []any
		for dec.More() {
			v, whole := branch(dec, depth+1)
			if len(list) < maxParts {
				list = append(list, v)
			}
			if !whole {
				return list, false
			}
		}
		_, err = dec.Token()
		return list, err == nil
	}
	object := make(map[string]any)
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return object, false
		}
		v, whole := branch(dec, depth+1)
		if name := key.(string); object[name] == nil {
			object[name] = v
		}
		if !whole {
			return object, false
		}
	}
	_, err = dec.Token()
	return object, err == nil
}

// skip reads to the end of the value that was begun.
func skip(dec *json.Decoder) bool {
	for depth := 1; depth > 0; {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return true
}
