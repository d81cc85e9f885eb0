package kafka

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Source is a topic with all that is needed to read it.
type Source struct {
	// Brokers are addresses with ports; any one of them is enough to find the
	// others.
	Brokers []string
	Topic   string
	// Group is the consumer group, empty when every partition is read here.
	Group string
	// Since is where reading begins, by the times of the messages; zero is the
	// moment of opening.
	Since time.Time
	// Until is where reading ends when that is past already; zero is the end of
	// the topic when the window is over.
	Until time.Time
	// TLS is whether the connection is encrypted. CA, Cert and Key are PEM files:
	// the authority to trust beside those of the system, and the client's own.
	TLS           bool
	CA, Cert, Key string
	// SASL is the mechanism, one of Mechanisms, empty for none. The user and the
	// password come from the environment, never from the URL.
	SASL string
}

// Mechanisms are the words for sasl= in a URL.
var Mechanisms = []string{"plain", "scram-sha-256", "scram-sha-512"}

// defaultPort is Kafka's.
const defaultPort = "9092"

// Form is how a source is written, for messages.
const Form = "kafka://BROKER[:PORT][,BROKER…]/TOPIC[?group=NAME]"

var errForm = errors.New("write it as " + Form)

// Parse reads the URL of a topic: kafka://BROKER:PORT,…/TOPIC?group=NAME, or
// kafkas:// for TLS. Further parameters: since (RFC 3339), sasl, ca, cert, key.
// net/url does not take several hosts, so the URL is taken apart here.
func Parse(raw string) (Source, error) {
	var s Source
	rest, plain := strings.CutPrefix(raw, "kafka://")
	if !plain {
		var ok bool
		if rest, ok = strings.CutPrefix(raw, "kafkas://"); !ok {
			return s, fmt.Errorf("%q is no address of a topic: %w", hidden(raw), errForm)
		}
		s.TLS = true
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, topic, _ := strings.Cut(rest, "/")
	if strings.Contains(hosts, "@") {
		return s, errors.New("a user and a password do not belong into the address, where other users of the machine can read them: set KAFKA_SASL_USER and KAFKA_SASL_PASS, and add sasl=scram-sha-512, or what the brokers ask for")
	}
	for h := range strings.SplitSeq(hosts, ",") {
		b, err := broker(h)
		if err != nil {
			return s, err
		}
		s.Brokers = append(s.Brokers, b)
	}
	if s.Topic = topic; !validName(topic) {
		return s, fmt.Errorf("%q is no name of a topic: %w", topic, errForm)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return s, fmt.Errorf("parameters %q: %w", query, err)
	}
	return s, s.parameters(values)
}

// hidden leaves out what may be a password.
func hidden(raw string) string {
	if at := strings.LastIndex(raw, "@"); at >= 0 {
		return "…" + raw[at:]
	}
	return raw
}

func broker(h string) (string, error) {
	if host, port, err := net.SplitHostPort(h); err == nil && host != "" && port != "" {
		return h, nil
	}
	bare := strings.Trim(h, "[]")
	if bare == "" || strings.Contains(h, ":") && !strings.HasPrefix(h, "[") {
		return "", fmt.Errorf("%q is no address of a broker: %w", h, errForm)
	}
	return net.JoinHostPort(bare, defaultPort), nil
}

// validName holds what Kafka allows in the name of a topic.
func validName(s string) bool {
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	}
	return s != "" && s != "." && s != ".." && len(s) <= 249 && strings.IndexFunc(s, bad) < 0
}

func (s *Source) parameters(values url.Values) error {
	for k, v := range values {
		to := map[string]*string{"group": &s.Group, "ca": &s.CA, "cert": &s.Cert, "key": &s.Key, "sasl": &s.SASL}[k]
		switch {
		case len(v) != 1 || v[0] == "":
			return fmt.Errorf("parameter %q needs one value", k)
		case to != nil:
			*to = v[0]
		case k == "since":
			at, err := time.Parse(time.RFC3339, v[0])
			if err != nil {
				return fmt.Errorf("since=%s is no time such as 2026-03-01T22:00:00Z", v[0])
			}
			s.Since = at
		default:
			return fmt.Errorf("parameter %q is not known; there are group, since, sasl, ca, cert and key", k)
		}
	}
	switch {
	case s.SASL != "" && !slices.Contains(Mechanisms, s.SASL):
		return fmt.Errorf("sasl=%s is not known; there are %s", s.SASL, strings.Join(Mechanisms, ", "))
	case !s.TLS && s.CA+s.Cert+s.Key != "":
		return errors.New("ca, cert and key need an encrypted connection: write kafkas:// instead of kafka://")
	case (s.Cert == "") != (s.Key == ""):
		return errors.New("cert and key belong together")
	}
	return nil
}

// String returns the topic as a person names it.
func (s *Source) String() string {
	return fmt.Sprintf("topic %s of %s", s.Topic, strings.Join(s.Brokers, ", "))
}
