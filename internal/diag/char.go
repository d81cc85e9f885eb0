package diag

import (
	"regexp"
	"strings"
	"unicode"
)

// Printable reports whether a character may stand in user text that reaches a
// terminal or a device: no control, format (bidirectional overrides among
// them), surrogate, private or line-separating characters.
func Printable(r rune) bool {
	return unicode.IsGraphic(r) && r != '\u2028' && r != '\u2029' && r != unicode.ReplacementChar
}

// Quote returns user text for a message: in double quotes, shortened, with
// every character that is not printable escaped.
func Quote(s string) string {
	const limit = 60
	var b strings.Builder
	b.WriteByte('"')
	n := 0
	for _, r := range s {
		if n == limit {
			b.WriteString("…")
			break
		}
		n++
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case Printable(r):
			b.WriteRune(r)
		default:
			b.WriteString(quoteRune(r))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func quoteRune(r rune) string {
	const hex = "0123456789abcdef"
	out := []byte{'\\', 'u', '{'}
	started := false
	for shift := 20; shift >= 0; shift -= 4 {
		d := byte(r >> shift & 0xf)
		if d != 0 || started || shift == 0 {
			out = append(out, hex[d])
			started = true
		}
	}
	return string(append(out, '}'))
}

var (
	secretWord = regexp.MustCompile(`(?i)pass(word|wd|phrase)?$|secret|token|credential|community|private_?key|^key$`)
	// secretLine also finds secrets in lines that could not be parsed.
	secretLine = regexp.MustCompile(`(?i)(pass|passw|passwo?r?d|passphrase|secret|token|credential|community|private_?key)["']?\s*:\s*\S`)
)

// LooksSecret reports whether a key's name says that its value is a secret.
func LooksSecret(key string) bool { return secretWord.MatchString(key) }
