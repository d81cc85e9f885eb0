package diag

import (
	"cmp"
	"maps"
	"slices"
)

// Code names a kind of problem. Codes are stable: scripts match them, and
// docs/diagnostics.md has an entry for each.
type Code string

// What can be wrong with a file before its meaning is looked at.
const (
	CodeFile         Code = "file-unreadable"
	CodeFileLimit    Code = "file-too-large"
	CodeEmpty        Code = "file-empty"
	CodeEncoding     Code = "encoding"
	CodeControl      Code = "control-character"
	CodeTab          Code = "tab-indent"
	CodeSyntax       Code = "yaml-syntax"
	CodeDepth        Code = "nesting-depth"
	CodeAlias        Code = "alias-expansion"
	CodeDuplicateKey Code = "duplicate-key"
	CodeUnknownKey   Code = "unknown-key"
	CodeMissing      Code = "missing-key"
	CodeType         Code = "wrong-type"
	CodeWord         Code = "unknown-word"
	CodeValue        Code = "bad-value"
	CodeName         Code = "bad-name"
	CodeAddress      Code = "bad-address"
	CodeHostBits     Code = "host-bits"
	CodeVersion      Code = "unsupported-version"
)

// What can be wrong with a scenario.
const (
	CodeTooFewCircuits   Code = "too-few-circuits"
	CodeDuplicateName    Code = "duplicate-name"
	CodeProvider         Code = "unknown-provider"
	CodePrefixRepeated   Code = "prefix-repeated"
	CodePrefixOverlap    Code = "prefix-overlap"
	CodePrefixShared     Code = "prefix-shared-space"
	CodePrefixSpecial    Code = "prefix-special"
	CodePrefixFamily     Code = "prefix-family"
	CodeRouteQuota       Code = "too-many-routes"
	CodeVLANRange        Code = "vlan-range"
	CodeVLANShared       Code = "vlan-shared"
	CodeVLANUntagged     Code = "vlan-untagged"
	CodePortShared       Code = "untagged-port-shared"
	CodeVBRQuota         Code = "vbr-quota"
	CodeLinkSubnet       Code = "link-subnet"
	CodeLinkMask         Code = "link-mask"
	CodeLinkHost         Code = "link-host"
	CodeLinkOverlap      Code = "link-overlap"
	CodeLinkFamily       Code = "link-family"
	CodeMTU              Code = "mtu-value"
	CodeVRFMixed         Code = "vrf-mixed"
	CodePreference       Code = "preference"
	CodeHealthMissing    Code = "health-missing"
	CodeHealthTimers     Code = "health-timers"
	CodeHealthSource     Code = "health-source-range"
	CodeHealthSourceUsed Code = "health-source-used"
	CodeHealthInside     Code = "health-source-inside"
	CodeHealthShared     Code = "health-source-shared"
	CodeHealthReturn     Code = "health-return-conflict"
	CodeHealthTarget     Code = "health-target"
	CodeHealthRoute      Code = "health-change-route"
	CodeHealthAlert      Code = "health-no-alert"
	CodeHealthAuto       Code = "health-source-auto"
	CodeHealthUnknown    Code = "health-source-unknown"
	CodeHealthIPv6       Code = "health-ipv6"
	CodeHealthAssumed    Code = "health-source-assumed"
	CodeDetectionCloud   Code = "detection-cloud"
	CodeDetectionSkew    Code = "detection-one-sided"
	CodeTimerOrder       Code = "timer-order"
	CodeTimerRange       Code = "timer-range"
	CodeTrackingNone     Code = "tracking-none"
	CodeTrackingTarget   Code = "tracking-target"
	CodeBFDUndocumented  Code = "bfd-undocumented"
	CodeBFDKeys          Code = "bfd-keys"
	CodeSingleGateway    Code = "single-gateway"
	CodeAsymmetric       Code = "asymmetric-gateways"
	CodeLinkEnds         Code = "gateway-link"
	CodeLinkLoop         Code = "gateway-link-loop"
	CodeNoGatewayLink    Code = "no-gateway-link"
	CodeSplitShare       Code = "split-share"
	CodeCollector        Code = "collector-in-cloud"
	CodeIDCollision      Code = "id-collision"
)

// What can be wrong with the keys of the cloud's side, or between the files and
// what the cloud says that it has.
const (
	CodeCloudConnection Code = "cloud-connection"
	CodeCloudAccount    Code = "cloud-account"
	CodeCloudBandwidth  Code = "cloud-bandwidth"
	CodeCloudRedundancy Code = "cloud-redundancy"
	CodeCloudZones      Code = "cloud-zones"
	CodeCloudHub        Code = "cloud-hub"
	CodeCloudOutputs    Code = "cloud-outputs"
	CodeCloudDisagrees  Code = "cloud-disagrees"
)

// What can be wrong with an inventory, or between it, the scenario and what an
// operating system can do.
const (
	CodeUnknownOS          Code = "unknown-os"
	CodeUnknownPlatform    Code = "unknown-platform"
	CodeOSVersion          Code = "os-version"
	CodeUnknownGateway     Code = "unknown-gateway"
	CodeUnusedGateway      Code = "unused-gateway"
	CodeUnusedIfIndex      Code = "unused-if-index"
	CodeUnknownPort        Code = "unknown-port"
	CodeDuplicatePort      Code = "duplicate-port"
	CodePortName           Code = "port-name"
	CodeLiteralSecret      Code = "literal-secret"
	CodeNegotiation        Code = "negotiation"
	CodeNegotiationUnset   Code = "negotiation-unset"
	CodeBundleNegotiation  Code = "bundle-negotiation"
	CodeBundleMembers      Code = "bundle-members"
	CodeSpeedUnequal       Code = "speed-unequal"
	CodeFlowSource         Code = "flow-source-missing"
	CodeFlowTimeout        Code = "flow-timeout"
	CodeFlowSampling       Code = "flow-sampling"
	CodeSecurityZone       Code = "security-zone"
	CodeUnsupported        Code = "unsupported"
	CodeUnverified         Code = "unverified"
	CodeOSName             Code = "os-name"
	CodeOSNameTaken        Code = "os-name-taken"
	CodeOSID               Code = "os-id"
	CodeRounded            Code = "timer-rounded"
	CodeRecovery           Code = "recovery-not-held"
	CodeMaxDetection       Code = "max-detection"
	CodeControlPlane       Code = "control-plane"
	CodeReversePath        Code = "reverse-path"
	CodeSlot               Code = "slot-missing"
	CodePlatformAssumption Code = "platform-assumed"
)

// Rule is what the catalogue knows of a code.
type Rule struct {
	Code     Code
	Severity Severity
	// IDs are the ids of the cloud's and the gateway's rule lists that the
	// code enforces, such as "V4"; empty for rules of the file format.
	IDs []string
}

// rules gives the severity of every code that is not an error, and the rule
// ids. A code that is missing here is an error without ids.
var rules = map[Code]Rule{
	CodeVLANRange:        {Severity: Error, IDs: []string{"V1"}},
	CodeVLANShared:       {Severity: Error, IDs: []string{"V2"}},
	CodeVLANUntagged:     {Severity: Info, IDs: []string{"V3"}},
	CodeLinkSubnet:       {Severity: Error, IDs: []string{"V4"}},
	CodeLinkMask:         {Severity: Error, IDs: []string{"V4"}},
	CodeLinkHost:         {Severity: Error, IDs: []string{"V5"}},
	CodeLinkOverlap:      {Severity: Error, IDs: []string{"V6"}},
	CodePrefixOverlap:    {Severity: Error, IDs: []string{"V7"}},
	CodePrefixShared:     {Severity: Error, IDs: []string{"V8"}},
	CodeRouteQuota:       {Severity: Error, IDs: []string{"V9"}},
	CodePrefixRepeated:   {Severity: Error, IDs: []string{"V9"}},
	CodeVBRQuota:         {Severity: Warning, IDs: []string{"V11"}},
	CodeMTU:              {Severity: Error, IDs: []string{"V13"}},
	CodeSpeedUnequal:     {Severity: Warning, IDs: []string{"V14"}},
	CodeHealthTimers:     {Severity: Error, IDs: []string{"H1"}},
	CodeHealthSource:     {Severity: Error, IDs: []string{"H2", "H3"}},
	CodeHealthSourceUsed: {Severity: Error, IDs: []string{"H2"}},
	CodeHealthInside:     {Severity: Warning, IDs: []string{"H4"}},
	CodeHealthShared:     {Severity: Error, IDs: []string{"H5"}},
	CodeHealthReturn:     {Severity: Error, IDs: []string{"H6"}},
	CodeHealthTarget:     {Severity: Warning, IDs: []string{"H8"}},
	CodeHealthMissing:    {Severity: Warning, IDs: []string{"H9"}},
	CodeControlPlane:     {Severity: Warning, IDs: []string{"H10"}},
	CodeReversePath:      {Severity: Warning, IDs: []string{"H11"}},
	CodeHealthRoute:      {Severity: Error, IDs: []string{"H12"}},
	CodeHealthAlert:      {Severity: Info, IDs: []string{"H13"}},
	CodeDetectionCloud:   {Severity: Info, IDs: []string{"H14"}},
	CodeDetectionSkew:    {Severity: Warning, IDs: []string{"H15"}},
	CodePrefixFamily:     {Severity: Error, IDs: []string{"R1"}},
	CodeCloudZones:       {Severity: Warning, IDs: []string{"R4"}},
	CodeCloudRedundancy:  {Severity: Warning, IDs: []string{"R8"}},
	CodeSingleGateway:    {Severity: Warning, IDs: []string{"R5"}},
	CodeAsymmetric:       {Severity: Warning, IDs: []string{"R7"}},

	CodeHealthAuto:         {Severity: Warning},
	CodeHealthAssumed:      {Severity: Warning},
	CodeHealthIPv6:         {Severity: Warning},
	CodeTrackingNone:       {Severity: Warning},
	CodeBFDUndocumented:    {Severity: Warning},
	CodeBFDKeys:            {Severity: Warning},
	CodeLinkLoop:           {Severity: Info},
	CodeNoGatewayLink:      {Severity: Warning},
	CodeCollector:          {Severity: Warning},
	CodeUnusedGateway:      {Severity: Warning},
	CodeUnusedIfIndex:      {Severity: Warning},
	CodeNegotiation:        {Severity: Warning},
	CodeNegotiationUnset:   {Severity: Info},
	CodeBundleMembers:      {Severity: Warning},
	CodeUnverified:         {Severity: Warning},
	CodeOSVersion:          {Severity: Warning},
	CodeRounded:            {Severity: Warning},
	CodeRecovery:           {Severity: Warning},
	CodePlatformAssumption: {Severity: Info},
}

// all lists every code; a test holds it against the constants above and
// against docs/diagnostics.md.
var all = []Code{
	CodeFile, CodeFileLimit, CodeEmpty, CodeEncoding, CodeControl, CodeTab, CodeSyntax, CodeDepth, CodeAlias,
	CodeDuplicateKey, CodeUnknownKey, CodeMissing, CodeType, CodeWord, CodeValue, CodeName, CodeAddress,
	CodeHostBits, CodeVersion, CodeTooFewCircuits, CodeDuplicateName, CodeProvider, CodePrefixRepeated,
	CodePrefixOverlap, CodePrefixShared, CodePrefixSpecial, CodePrefixFamily, CodeRouteQuota, CodeVLANRange,
	CodeVLANShared, CodeVLANUntagged, CodePortShared, CodeVBRQuota, CodeLinkSubnet, CodeLinkMask, CodeLinkHost,
	CodeLinkOverlap, CodeLinkFamily, CodeMTU, CodeVRFMixed, CodePreference, CodeHealthMissing, CodeHealthTimers,
	CodeHealthSource, CodeHealthSourceUsed, CodeHealthInside, CodeHealthShared, CodeHealthReturn, CodeHealthTarget,
	CodeHealthRoute, CodeHealthAlert, CodeHealthAuto, CodeHealthUnknown, CodeHealthIPv6, CodeDetectionCloud,
	CodeDetectionSkew, CodeTimerOrder, CodeTimerRange, CodeTrackingNone, CodeTrackingTarget, CodeBFDUndocumented,
	CodeBFDKeys, CodeSingleGateway, CodeAsymmetric, CodeLinkEnds, CodeLinkLoop, CodeNoGatewayLink, CodeSplitShare,
	CodeCollector, CodeIDCollision, CodeUnknownOS, CodeUnknownPlatform, CodeOSVersion, CodeUnknownGateway, CodeUnusedGateway,
	CodeUnusedIfIndex,
	CodeUnknownPort, CodeDuplicatePort, CodePortName, CodeLiteralSecret, CodeNegotiation, CodeNegotiationUnset,
	CodeBundleNegotiation, CodeBundleMembers,
	CodeSpeedUnequal, CodeFlowSource, CodeFlowTimeout, CodeFlowSampling, CodeSecurityZone, CodeUnsupported,
	CodeUnverified, CodeOSName, CodeOSNameTaken, CodeOSID, CodeRounded, CodeRecovery, CodeMaxDetection,
	CodeControlPlane, CodeReversePath, CodeSlot, CodePlatformAssumption,
	CodeCloudConnection, CodeCloudAccount, CodeCloudBandwidth, CodeCloudRedundancy, CodeCloudZones, CodeCloudHub,
	CodeCloudOutputs, CodeCloudDisagrees, CodeHealthAssumed,
}

// Severity returns the severity that all diagnostics of the code have.
func (c Code) Severity() Severity { return rules[c].Severity }

// Rules returns the whole catalogue, sorted by code.
func Rules() []Rule {
	byCode := map[Code]Rule{}
	for _, c := range all {
		r := rules[c]
		r.Code = c
		byCode[c] = r
	}
	out := slices.Collect(maps.Values(byCode))
	slices.SortFunc(out, func(a, b Rule) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
