package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/split"
)

// The elements of a JUnit report that CI servers agree on: those of the schema
// that Jenkins publishes (junit-10.xsd of its xUnit plugin).
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suite    suite    `xml:"testsuite"`
	}
	suite struct {
		Name       string     `xml:"name,attr"`
		Tests      int        `xml:"tests,attr"`
		Failures   int        `xml:"failures,attr"`
		Errors     int        `xml:"errors,attr"`
		Skipped    int        `xml:"skipped,attr"`
		Time       string     `xml:"time,attr"`
		Timestamp  string     `xml:"timestamp,attr,omitempty"`
		Properties []property `xml:"properties>property"`
		Cases      []testCase `xml:"testcase"`
		Out        string     `xml:"system-out"`
	}
	property struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	testCase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    string   `xml:"time,attr"`
		Skipped *outcome `xml:"skipped"`
		Failure *outcome `xml:"failure"`
		Error   *outcome `xml:"error"`
	}
	outcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the result for a CI server: one test case for the verdict and
// one for each circuit. A failed verdict is a failure; an inconclusive one is an
// error, so that no server takes it for a success, and leaves the circuits
// skipped.
func JUnit(w io.Writer, r *split.Result) error {
	s := suite{
		Name: "verify " + r.Scenario, Time: "0", Properties: properties(r),
		Cases: append([]testCase{verdictCase(r)}, circuitCases(r)...),
	}
	if r.Window > 0 {
		s.Time = strconv.FormatFloat(r.Window.Seconds(), 'f', 3, 64)
	}
	if from, _, ok := span(r); ok {
		s.Timestamp = from.UTC().Format("2006-01-02T15:04:05")
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Class, c.Time = "twinpath."+r.Scenario, "0"
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	var text strings.Builder
	if err := Text(&text, r); err != nil {
		return err
	}
	s.Out = "\n" + text.String()
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suites{Name: "twinpath verify", Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Suite: s}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func verdictCase(r *split.Result) testCase {
	c := testCase{Name: "the circuits share the traffic as the scenario asks"}
	switch r.Verdict {
	case split.Fail:
		c.Failure = &outcome{Message: r.Reason, Type: string(r.Verdict)}
	case split.Inconclusive:
		var lines []string
		for _, f := range r.Causes {
			lines = append(lines, fmt.Sprintf("%s [%s]", f.Text, f.Code))
		}
		c.Error = &outcome{Message: r.Reason, Type: string(r.Verdict), Text: strings.Join(lines, "\n")}
	case split.Pass:
	}
	return c
}

func circuitCases(r *split.Result) []testCase {
	out := make([]testCase, len(r.Circuits))
	for i, c := range r.Circuits {
		out[i].Name = c.Name + " " + asked(r, c)
		found := fmt.Sprintf("%s carries %s of the packets to the cloud (%s)", c.Name, share(c.Share.Share), reach(r, c.Share))
		switch {
		case r.Verdict == split.Inconclusive:
			out[i].Skipped = &outcome{Message: "not judged, since the verification is inconclusive: " + found}
		case broken(r, c):
			out[i].Failure = &outcome{Message: found, Type: string(split.Fail)}
		}
	}
	return out
}

// properties are the figures, for servers that keep them.
func properties(r *split.Result) []property {
	out := []property{
		{"verdict", string(r.Verdict)},
		{"mode", r.Mode},
		{"confidence", strconv.FormatFloat(r.Level, 'g', -1, 64)},
		{"effective_samples", fmt.Sprint(whole(r.Effective))},
		{"unattributed_share", fmt.Sprint(fixed(r.UnattributedShare, 6))},
		{"loss", fmt.Sprint(fixed(r.Loss, 6))},
	}
	for _, c := range r.Circuits {
		out = append(out,
			property{c.Name + ".share", fmt.Sprint(fixed(c.Share.Share, 6))},
			property{c.Name + ".low", fmt.Sprint(fixed(c.Share.Low, 6))},
			property{c.Name + ".high", fmt.Sprint(fixed(c.Share.High, 6))},
			property{c.Name + ".byte_share", fmt.Sprint(fixed(c.ByteShare.Share, 6))},
		)
	}
	return out
}
