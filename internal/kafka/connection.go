package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// The environment has the user and the password under the names that goflow2's
// own command takes them from.
const (
	envUser     = "KAFKA_SASL_USER"
	envPassword = "KAFKA_SASL_PASS" //nolint:gosec // the name of a variable
)

// connection returns the options for how the brokers are reached.
func connection(s *Source) ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(s.Brokers...), kgo.ClientID("twinpath"), kgo.FetchMaxWait(maxWait),
	}
	if s.TLS {
		c, err := tlsConfig(s)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(c))
	}
	if s.SASL != "" {
		m, err := mechanism(s.SASL)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	return opts, nil
}

func tlsConfig(s *Source) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.CA != "" {
		pem, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, fmt.Errorf("read the certificates of ca=: %w", err)
		}
		c.RootCAs, err = x509.SystemCertPool()
		if err != nil {
			c.RootCAs = x509.NewCertPool()
		}
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", s.CA)
		}
	}
	if s.Cert != "" {
		pair, err := tls.LoadX509KeyPair(s.Cert, s.Key)
		if err != nil {
			return nil, fmt.Errorf("read cert= and key=: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func mechanism(name string) (sasl.Mechanism, error) {
	user, password := os.Getenv(envUser), os.Getenv(envPassword)
	if user == "" || password == "" {
		return nil, errors.New("sasl=" + name + " needs a user and a password: set " + envUser + " and " + envPassword)
	}
	switch name {
	case "scram-sha-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "scram-sha-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
	return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
}
