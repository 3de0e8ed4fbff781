package command

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Minute:             "0s", // clocks differ
		4900 * time.Millisecond:  "4s",
		59 * time.Second:         "59s",
		time.Minute:              "1m",
		12*time.Minute + 30:      "12m",
		time.Hour:                "1h",
		23*time.Hour + time.Hour: "1d",
		3 * day:                  "3d",
		700 * day:                "700d",
		3 * 365 * day:            "3y",
	} {
		if got := age(noon, before(d)); got != want {
			t.Errorf("the age of %v is written %s, want %s", d, got, want)
		}
	}
}

func TestValueText(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, "(none)"},
		{"warn", "warn"},
		{"", `""`},
		{" padded", `" padded"`},
		{"a\nb", "a⏎b"},
		{int64(3), "3"},
		{true, "true"},
		{map[string]any{"a": []any{int64(1)}}, `{"a":[1]}`},
		{"a text that is far too long to be shown on a line together with another", "a text that is far too long to be shown on a line together …"},
	} {
		if got := valueText(c.value); got != c.want {
			t.Errorf("%#v is written %s, want %s", c.value, got, c.want)
		}
	}
}
