package kube

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"testing"
	"testing/iotest"
)

// FuzzScan holds the scanner against the decoder: whatever is JSON is cut into
// the same parts, however it arrives, and whatever is not is never a panic.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, ` { "a" : 1 , "b" : [ true , "x" ] } `, `{"a":"\"}{][\\","b":{"c":[{}]},"d":-1.5e3}`,
		`[1,2,3]`, `[{"a":[[]]},"]",null]`, `{"a":`, `{"a"}`, `[1,]`, `{,}`, `"`, `"\`, `}`, `[}`, "{\"\u00e9\":\"\\u00e9\"}", ``, `1 2`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		object := map[string]json.RawMessage{}
		err := fieldsOf(text, func(key, value []byte) error {
			name, err := unquote(append(append([]byte{'"'}, key...), '"'))
			object[name] = bytes.Clone(value)
			return err
		})
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) == nil && want != nil {
			if err != nil || !equalValues(object, want) {
				t.Errorf("%q: fields %q instead of %q, %v", text, object, want, err)
			}
		}

		elements := []json.RawMessage{}
		err = elementsOf(text, func(value []byte) error {
			elements = append(elements, bytes.Clone(value))
			return nil
		})
		var array []json.RawMessage
		isArray := json.Unmarshal(text, &array) == nil && array != nil
		if isArray && (err != nil || !equalValues(elements, array)) {
			t.Errorf("%q: elements %q instead of %q, %v", text, elements, array, err)
		}

		streamed := []json.RawMessage{}
		reader := newJSONReader(iotest.OneByteReader(bytes.NewReader(text)))
		reader.buf = reader.buf[:4] // so that it has to grow and to move
		err = reader.elements(func(value []byte) error {
			streamed = append(streamed, bytes.Clone(value))
			return nil
		})
		if isArray && (err != nil || !equalValues(streamed, array)) {
			t.Errorf("%q: streamed %q instead of %q, %v", text, streamed, array, err)
		}
		if err == io.EOF && len(text) > 0 && isArray {
			t.Errorf("%q ended too early", text)
		}
	})
}

// equalValues compares what the parts mean: spaces do not matter.
func equalValues(a, b any) bool {
	var values [2]any
	for i, v := range []any{a, b} {
		text, err := json.Marshal(v)
		if err != nil || json.Unmarshal(text, &values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}
