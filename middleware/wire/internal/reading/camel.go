package reading

import "fmt"

// InCamelCase returns o with its keys in camel case. A key that is there in both cases is there twice.
func (o Object) InCamelCase() (Object, error) {
	out := make(Object, 0, len(o))
	var known keys
	for _, m := range o {
		m.Key = camelCase(m.Key)
		if !known.add(out, m.Key) {
			return nil, fmt.Errorf("key %.40q is there twice", m.Key)
		}
		out = append(out, m)
	}
	return out, nil
}

func camelCase(key string) string {
	out := make([]byte, 0, len(key))
	for i := 0; i < len(key); i++ {
		if key[i] == '_' && i > 0 && i+1 < len(key) && key[i+1] >= 'a' && key[i+1] <= 'z' {
			i++
			out = append(out, key[i]-'a'+'A')
			continue
		}
		out = append(out, key[i])
	}
	return string(out)
}
